"""Daphne with what a chat needs of its server: bodies capped while they arrive, and an end that viewers are told of."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from io import BytesIO
from typing import Any, ClassVar, NoReturn

from daphne.http_protocol import WebRequest
from daphne.server import Server, twisted_loop
from django.conf import settings
from twisted.internet import reactor
from twisted.web.http import HTTPChannel

from . import uploads
from .companion import Companion
from .connections import Counted, Refused, connections, use_all_files
from .gate import Gate
from .runtime import runtime
from .sockets import ChatSocket

# What may come while others are let in, as when everybody comes back at once.
BACKLOG = 1024
FRAME_MAX_BYTES = 64 * 1024
# Of a whole message, in either direction: ours carry a delta of 256 KB, every character of which may be an escape of six.
MESSAGE_MAX_BYTES = 2 * 1024 * 1024
# What a refused client may still send while it reads the refusal.
LINGER_SECONDS = 2
# Of an end: how long requests under way may take, and how long all of it.
ANSWER_SECONDS = 8.0
END_SECONDS = 9.5
TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
# What a form is longer than the file in it.
FORM_BYTES = 64 * 1024
# What of a request's body is handed to the application at a time.
PIECE_BYTES = 64 * 1024
BODY = "rivulet.body"
TOO_LARGE_TEXT = b"This is more than can be sent at once.\n"


class CappedRequest(WebRequest):
    """Daphne reads a whole body before the application sees the request, so that only here can it be refused. And it
    keeps an answer for a client that does not read it for ever: here the transport tells when it can send no more."""

    _large: ClassVar[dict["CappedRequest", uploads.Place]] = {}
    _body_bytes = 0
    _refused = False
    _unread: Any = None
    _drained: "asyncio.Future[None] | None" = None
    body: Any = None
    content: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The idle time begins anew with every byte: a trickle of headers would never reach it.
        self._head_due = reactor.callLater(settings.CLIENT_HEAD_SECONDS, self.channel.forceAbortClient)

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        _cancel(self._head_due)
        self._cap = settings.BODY_MAX_BYTES
        if length is None or length > self._cap:
            self._raise_cap()
        super().gotLength(0 if length and length > self._cap else length)
        if length and length > self._cap:
            self._refuse()

    def _raise_cap(self) -> None:
        """For a file from the page that takes files."""
        method, uri = self.channel._command.decode("latin1"), self.channel._path.decode("latin1")
        place = uploads.place_of(method, uri)
        if place and sum(each is place for each in self._large.values()) < place.at_once:
            self._large[self] = place
            self._cap = place.max_bytes + FORM_BYTES

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._body_bytes += len(data)
        if self._body_bytes > self._cap and not self._refused:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def process(self) -> Any:
        # Daphne would believe the first address; only the last was put there by our proxy.
        forwarded = self.requestHeaders.getRawHeaders("X-Forwarded-For")
        if forwarded:
            self.requestHeaders.setRawHeaders("X-Forwarded-For", [forwarded[-1].split(",")[-1].strip()])
        if self._refused:
            return None
        if not self.requestHeaders.hasHeader("Upgrade"):
            self.registerProducer(self, True)
        if self._body_bytes > settings.BODY_MAX_BYTES:
            # Daphne would queue all of it in memory at once. `FromDisk` reads it instead.
            self.body, self.content = self.content, BytesIO()
        return super().process()

    def pauseProducing(self) -> None:  # noqa: N802
        self._unread = reactor.callLater(settings.CLIENT_UNREAD_SECONDS, self.channel.forceAbortClient)
        self._drained = self._drained or twisted_loop.create_future()

    def resumeProducing(self) -> None:  # noqa: N802
        _cancel(self._unread)
        drained, self._drained = self._drained, None
        if drained and not drained.done():
            drained.set_result(None)

    async def drained(self) -> None:
        """Until the client has taken what was sent, or is gone."""
        if self._drained is not None:
            await self._drained

    stopProducing = resumeProducing  # noqa: N815

    def finish(self) -> None:
        if self.producer is self and self.channel is not None:
            self.unregisterProducer()
        # Nobody tells a request that has ended when its client reads on: its time would run out amid a later request. From
        # here on the idle time of the connection counts.
        self.resumeProducing()
        self._large.pop(self, None)
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        _cancel(self._head_due)
        self.resumeProducing()
        self._large.pop(self, None)
        super().connectionLost(reason)

    def _refuse(self) -> None:
        self._refused = True
        self.channel.transport.write(TOO_LARGE % (len(TOO_LARGE_TEXT), TOO_LARGE_TEXT))
        reactor.callLater(LINGER_SECONDS, self.channel.forceAbortClient)


def _cancel(call: Any) -> None:
    if call is not None and call.active():
        call.cancel()


class FromDisk:
    """Hands the body of a large request to the application in pieces, as it asks for them."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = scope.pop(BODY, None)
        if body is None:
            await self._application(scope, receive, send)
            return

        async def from_disk() -> Any:
            piece = b"" if body.closed else body.read(PIECE_BYTES)
            if piece:
                return {"type": "http.request", "body": piece, "more_body": True}
            body.close()
            return await receive()

        body.seek(0)
        await self._application(scope, from_disk, send)


class ChatServer(Server):
    """Runs the background of the process from the start, and drains it on SIGTERM and SIGINT."""

    def __init__(
        self,
        application: Any,
        host: str,
        port: int,
        *,
        trust_proxy: bool,
        companion: Companion | None = None,
    ) -> None:
        address = host.replace(":", r"\:")
        self._is_proxied = trust_proxy
        self._gate = Gate(application, counts=trust_proxy)
        super().__init__(
            FromDisk(self._gate),
            endpoints=[f"tcp:port={port}:interface={address}:backlog={BACKLOG}"],
            signal_handlers=False,
            websocket_max_message_size=MESSAGE_MAX_BYTES,
            websocket_max_frame_size=FRAME_MAX_BYTES,
            proxy_forwarded_address_header="X-Forwarded-For" if trust_proxy else None,
            proxy_forwarded_proto_header="X-Forwarded-Proto" if trust_proxy else None,
            ready_callable=self._prepare,
            server_name="rivulet",
        )
        self._draining: asyncio.Task[None] | None = None
        self._companion = companion
        self.failed = False

    def _prepare(self) -> None:
        loop = twisted_loop
        build = self.http_factory.buildProtocol
        use_all_files()

        def build_capped(address: Any) -> HTTPChannel | Refused | None:
            if said := connections.refusal(address.host, is_proxied=self._is_proxied):
                return connections.refuse(said)
            protocol: HTTPChannel = build(address)
            protocol.requestFactory = CappedRequest
            protocol.timeOut = settings.CLIENT_IDLE_SECONDS
            return protocol

        self.http_factory.buildProtocol = build_capped
        self.ws_factory.protocol = ChatSocket
        loop.call_soon(runtime.start)
        if self._companion:
            loop.call_soon(self._companion.start)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._drain)

    def create_application(self, protocol: Any, scope: Any) -> Any:
        if getattr(protocol, "body", None) is not None:
            scope[BODY] = protocol.body
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """An application that streams goes no faster than its client reads."""
        await super().handle_reply(protocol, message)
        if isinstance(protocol, CappedRequest) and message.get("more_body"):
            await protocol.drained()

    def listen_success(self, port: Any) -> None:
        port.transport = Counted
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        self.failed = True
        super().listen_error(failure)

    def _drain(self) -> None:
        if self._draining is None:
            self._draining = twisted_loop.create_task(self._end())

    async def _end(self) -> None:
        self._gate.is_closed = True
        for listener in self.listeners:
            with contextlib.suppress(Exception):
                await listener.result.stopListening().asFuture(twisted_loop)
        # An application that ignores its cancellation would keep the reactor for ever.
        twisted_loop.call_later(END_SECONDS, self.leave)
        if self._companion:
            self._companion.end()
        await runtime.drain()
        if answering := [task for task in map(_application_of, self.connections.values()) if task]:
            await asyncio.wait(answering, timeout=ANSWER_SECONDS)
        if self._companion:
            await self._companion.ended()
        # What was sent last is given a moment to leave.
        await asyncio.sleep(0.05)
        self.stop()

    @staticmethod
    def leave() -> NoReturn:
        """End the process at once. A request's thread may wait for the loop that has ended, and Python waits for threads:
        an end by way of its own exit may never come."""
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _application_of(connection: dict[str, Any]) -> "asyncio.Task[None] | None":
    return connection.get("application_instance")
