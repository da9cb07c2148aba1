"""A request as it comes over a connection: its body capped while it arrives, its answer no faster than it is read."""

import asyncio
from io import BytesIO
from typing import Any, ClassVar

from daphne.http_protocol import WebRequest
from daphne.server import twisted_loop
from django.conf import settings
from twisted.internet import reactor
from twisted.web.http import Request

from chat import uploads

from .leftovers import Leftovers

# What of a request's body is kept in memory, and handed to the application at a time.
PIECE_BYTES = 64 * 1024
# What a refused client may still send while it reads the refusal.
LINGER_SECONDS = 2
TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
# What a form is longer than the file in it.
FORM_BYTES = 64 * 1024
TOO_LARGE_TEXT = b"This is more than can be sent at once.\n"


class CappedRequest(WebRequest):
    """Daphne reads a whole body before the application sees the request, so that only here can it be refused. And it
    keeps an answer for a client that does not read it for ever: here the transport tells when it can send no more."""

    _large: ClassVar[dict["CappedRequest", uploads.Place]] = {}
    _body_bytes = 0
    _refused = False
    _unread: Any = None
    _drained: "asyncio.Future[None] | None" = None
    _left: Leftovers | None = None
    body: Any = None
    content: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        # Twisted would read a form as well, whole and in many copies, in the loop: thirteen times the bytes of a file.
        super().__init__(*args, **options, parsePOSTFormSubmission=False)
        # The idle time begins anew with every byte: a trickle of headers would never reach it.
        self._head_due = reactor.callLater(settings.CLIENT_HEAD_SECONDS, self.channel.forceAbortClient)

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        _cancel(self._head_due)
        self._cap = settings.BODY_MAX_BYTES
        if length is None or length > self._cap:
            self._raise_cap()
        super().gotLength(0 if length and length > self._cap else length)
        if length and length > self._cap:
            # What asks whether to go on is told no, and not yes after it.
            self.requestHeaders.removeHeader("Expect")
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
        if self._body_bytes > PIECE_BYTES:
            # Daphne would queue all of it in memory at once. `FromDisk` reads it instead.
            self.body, self.content = self.content, BytesIO()
        return super().process()

    def pauseProducing(self) -> None:  # noqa: N802
        self._unread = reactor.callLater(settings.CLIENT_UNREAD_SECONDS, self.channel.forceAbortClient)
        self._drained = self._drained or twisted_loop.create_future()

    def answer(self, message: dict[str, Any]) -> None:
        """A part of an answer of which the client has not read all that was sent."""
        if self._left is None:
            self._left = Leftovers()
        self._left.put(message.get("body", b""))
        self._left.is_whole = not message.get("more_body", False)
        # It may have read on since.
        if self._drained is None:
            self._send_left()

    @property
    def is_behind(self) -> bool:
        """Whether the client has yet to read of an answer of known length, which may wait on disk. One without is a stream,
        and goes no faster than it is read."""
        is_waiting = self._left is not None or self._drained is not None
        return is_waiting and not self.finished and self.responseHeaders.hasHeader(b"Content-Length")

    @property
    def goes_on(self) -> bool:
        """Whether more of an answer may come before the client reads."""
        return self.is_behind and not (self._left and self._left.is_full)

    def _send_left(self) -> None:
        while self._left is not None and self._drained is None and not self._left.is_empty:
            Request.write(self, self._left.take())
        if self._left is not None and self._left.is_empty and self._left.is_whole:
            self.finish()

    def _forget_left(self) -> None:
        left, self._left = self._left, None
        if left is not None:
            left.close()

    def resumeProducing(self) -> None:  # noqa: N802
        self._stop_waiting()
        self._send_left()

    def _stop_waiting(self) -> None:
        _cancel(self._unread)
        drained, self._drained = self._drained, None
        if drained and not drained.done():
            drained.set_result(None)

    async def drained(self) -> None:
        """Until the client has taken what was sent, or is gone."""
        if self._drained is not None:
            await self._drained

    stopProducing = _stop_waiting  # noqa: N815

    def finish(self) -> None:
        if self.producer is self and self.channel is not None:
            self.unregisterProducer()
        # Nobody tells a request that has ended when its client reads on: its time would run out amid a later request. From
        # here on the idle time of the connection counts.
        self._stop_waiting()
        self._forget_left()
        self._large.pop(self, None)
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        _cancel(self._head_due)
        self._stop_waiting()
        self._forget_left()
        self._large.pop(self, None)
        super().connectionLost(reason)

    def _refuse(self) -> None:
        self._refused = True
        self.channel.transport.write(TOO_LARGE % (len(TOO_LARGE_TEXT), TOO_LARGE_TEXT))
        reactor.callLater(LINGER_SECONDS, self.channel.forceAbortClient)


def _cancel(call: Any) -> None:
    if call is not None and call.active():
        call.cancel()
