"""Daphne with what a chat needs of its server: bodies capped while they arrive, and an end that viewers are told of."""

import asyncio
import logging
import os
import signal
import sys
from typing import Any, NoReturn

from daphne.server import Server, twisted_loop
from django.conf import settings
from twisted.web.http import HTTPChannel

from chat.runtime import runtime

from .companion import Companion
from .connections import Counted, Refused, connections, use_all_files
from .gate import Gate
from .requests import PIECE_BYTES, CappedRequest
from .sockets import ChatSocket

# What may come while others are let in, as when everybody comes back at once.
BACKLOG = 1024
FRAME_MAX_BYTES = 64 * 1024
# Of a whole message, in either direction: ours carry a delta of 256 KB, every character of which may be an escape of six.
MESSAGE_MAX_BYTES = 2 * 1024 * 1024
# Of an end: how long requests under way may take, and how long all of it.
ANSWER_SECONDS = 8.0
END_SECONDS = 9.5
BODY = "rivulet.body"


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
        self._ports: list[Any] = []
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
        """An application that streams goes no faster than its client reads. One that has answered is let go."""
        if not isinstance(protocol, CappedRequest):
            await super().handle_reply(protocol, message)
            return
        if protocol.is_behind and message["type"] == "http.response.body":
            protocol.answer(message)
        else:
            await super().handle_reply(protocol, message)
        if message.get("more_body") and not protocol.goes_on:
            await protocol.drained()

    def listen_success(self, port: Any) -> None:
        port.transport = Counted
        self._ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        self.failed = True
        super().listen_error(failure)

    def _drain(self) -> None:
        if self._draining is None:
            self._draining = twisted_loop.create_task(self._end())

    async def _end(self) -> None:
        self._gate.is_closed = True
        for port in self._ports:
            await port.stopListening().asFuture(twisted_loop)
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
