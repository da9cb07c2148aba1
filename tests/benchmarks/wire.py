"""Viewers on bare sockets, so that reading costs little beside what is read.

Each reads one reply, notes how long every token took since it left the model server, and counts what was lost
or came twice.
"""

import asyncio
import base64
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

TOKEN = re.compile(r"~(\d+)\.(\d+)~")
# As the browser's module does.
ACK_BYTES = 64 * 1024
ACK_NANOSECONDS = 1_000_000_000


@dataclass
class Reading:
    """What one viewer saw. `asked` and the times of arrival are nanoseconds of the monotonic clock."""

    asked: int = 0
    lost: int = 0
    doubled: int = 0
    next: int = 0
    tokens: list[tuple[int, int]] = field(default_factory=list)
    """When each token came, and how long it had been on its way."""
    status: str = ""
    _tail: str = ""

    def take(self, text: str) -> None:
        now = time.monotonic_ns()
        text = self._tail + text
        end = 0
        for token in TOKEN.finditer(text):
            number, sent = int(token[1]), int(token[2])
            self.lost += max(0, number - self.next)
            self.doubled += number < self.next
            self.next = max(self.next, number + 1)
            self.tokens.append((now, now - sent))
            end = token.end()
        self._tail = text[end:]


class _Viewer(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.received = b""
        self.headed = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        for waiting in (self.open, self.over):
            if not waiting.done():
                waiting.set_exception(error or ConnectionError("closed before the reply had ended"))
                waiting.exception()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.headed:
            head, blank, rest = self.received.partition(b"\r\n\r\n")
            if not blank:
                return
            self.headed, self.received = True, rest
            if head.split()[1] not in (b"101", b"200"):
                self.transport.abort()
                return
            self.open.set_result(None)
        self.read()

    def read(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
        self.transport.close()


class StreamViewer(_Viewer):
    """Reads a chunked HTTP response to its end."""

    def read(self) -> None:
        while True:
            size, line, rest = self.received.partition(b"\r\n")
            length = int(size, 16) if line else -1
            if length < 0 or len(rest) < length + 2:
                return
            self.received = rest[length + 2 :]
            if length == 0:
                self.finish()
                return
            self.reading.take(rest[:length].decode())


class SocketViewer(_Viewer):
    """Reads frames from a WebSocket until the turn has ended, and acknowledges as a browser does."""

    unacknowledged = 0
    acknowledged = 0

    def read(self) -> None:
        while (frame := self._next()) is not None:
            opcode, payload = frame
            if opcode == 1:
                self._hear(payload)
            elif opcode == 9:
                self._write(10, payload)
            elif opcode == 8:
                self.transport.close()
                return

    def _next(self) -> tuple[int, bytes] | None:
        if len(self.received) < 2:
            return None
        opcode, length, at = self.received[0] & 15, self.received[1] & 127, 2
        if length > 125:
            at = 4 if length == 126 else 10
            if len(self.received) < at:
                return None
            length = int.from_bytes(self.received[2:at], "big")
        if len(self.received) < at + length:
            return None
        payload = self.received[at : at + length]
        self.received = self.received[at + length :]
        return opcode, payload

    def _hear(self, payload: bytes) -> None:
        frame = orjson.loads(payload)
        if frame["type"] == "delta":
            self.reading.take(frame["text"])
        elif frame["type"] == "turn.finished":
            self.reading.status = frame["status"]
            self.finish()
        self._acknowledge(frame["cursor"], len(payload))

    def _acknowledge(self, cursor: str, size: int) -> None:
        now = time.monotonic_ns()
        self.unacknowledged += size
        if self.unacknowledged >= ACK_BYTES or now - self.acknowledged >= ACK_NANOSECONDS:
            self.unacknowledged, self.acknowledged = 0, now
            self._write(1, orjson.dumps({"type": "ack", "cursor": cursor}))

    def _write(self, opcode: int, payload: bytes) -> None:
        """A short frame; the mask is zero, which leaves the payload as it is."""
        self.transport.write(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)


def upgrade(path: str, port: int, cookie: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


V = TypeVar("V", bound=_Viewer)


async def dial(make: Callable[[], V], port: int, request: bytes) -> V:
    _, viewer = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", port)
    viewer.transport.write(request)
    await viewer.open
    return viewer
