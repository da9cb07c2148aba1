"""A TCP proxy that stands between two programs and misbehaves as networks do.

`with Proxy(port) as proxy:` listens on `proxy.port`. It runs a loop in a thread of its own, so that tests of
any kind can use it; every method may be called from any thread and has taken effect when it returns.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Literal, Self

CHUNK = 64 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """`upgrade` is what happens to a WebSocket's handshake: passed on, refused with that status, swallowed.

    `buffered` holds each response back until it has ended, as nginx does with `proxy_buffering on`. Both read
    HTTP, one request a connection; otherwise the proxy moves bytes and looks at none.
    """

    def __init__(
        self,
        target: int,
        *,
        upgrade: Literal["pass", "hang", 403, 426] = "pass",
        buffered: bool = False,
    ) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self.upgrade = upgrade
        self.buffered = buffered
        self.chunk = CHUNK
        self.rate: float | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open(0))
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def pause(self) -> None:
        """No byte moves, in either direction; the connections stay open."""
        self._call(self._flowing.clear)

    def resume(self) -> None:
        self._call(self._flowing.set)

    def cut(self) -> None:
        """End every connection in good order."""
        self._each(_Link.close)

    def reset(self) -> None:
        """End every connection with a RST."""
        self._each(_Link.reset)

    def half_close(self) -> None:
        """Tell the target that the client will say no more, while the target may still answer."""
        self._each(_Link.half_close)

    def refuse(self) -> None:
        """Cut everything and refuse new connections, as a host that is down."""
        self._do(self._shut())

    def accept(self) -> None:
        """Listen again, on the port from before."""
        self._do(self._open(self.port))

    @property
    def links(self) -> int:
        return len(self._links)

    async def carry(self, data: bytes, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass `data` on in the present mood: whole, byte by byte, at a rate, or not before `resume`."""
        for start in range(0, len(data), self.chunk):
            await self._flowing.wait()
            piece = data[start : start + self.chunk]
            await write(piece)
            if self.rate is not None:
                await asyncio.sleep(len(piece) / self.rate)

    async def _open(self, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        # Among the tasks are connections that were accepted just now and are no links yet.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for link in self._links:
                link.reset()
            await asyncio.wait(others, timeout=0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        link = _Link(self, (reader, writer))
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    def _do(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _each(self, function: "Callable[[_Link], None]") -> None:
        def run() -> None:
            for link in list(self._links):
                function(link)

        self._call(run)

    def _call(self, function: Callable[[], object]) -> None:
        done: Future[object] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(function()))
        done.result(10)


class _Link:
    """One client's connection and the one that is made to the target for it."""

    def __init__(self, proxy: Proxy, client: Streams) -> None:
        self.proxy = proxy
        self.client = client
        self.target: Streams | None = None
        self._pumps: asyncio.Task[None] | None = None

    async def run(self) -> None:
        self._pumps = asyncio.create_task(self._work())
        try:
            await self._pumps
        except (asyncio.CancelledError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.close()
            # A writer that is closed still sends what it holds, to a client that may not read.
            await asyncio.gather(
                *(writer.wait_closed() for writer in self._writers()), return_exceptions=True
            )

    def close(self) -> None:
        for writer in self._writers():
            writer.close()
        self._stop()

    def reset(self) -> None:
        for writer in self._writers():
            connection = writer.get_extra_info("socket")
            if connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
        self._stop()

    def half_close(self) -> None:
        if self.target is not None:
            self.target[1].write_eof()

    async def _work(self) -> None:
        if self.proxy.upgrade == "pass" and not self.proxy.buffered:
            await self._connect(b"")
            return
        head = await self.client[0].readuntil(b"\r\n\r\n")
        if b"upgrade: websocket" in head.lower() and self.proxy.upgrade != "pass":
            await self._no_upgrade()
            return
        await self._connect(_one_request(head))

    async def _no_upgrade(self) -> None:
        if self.proxy.upgrade == "hang":
            await self.client[0].read()
            return
        status = f"HTTP/1.1 {self.proxy.upgrade} No Upgrade Here\r\nContent-Length: 0\r\n"
        self.client[1].write(status.encode() + b"Connection: close\r\n\r\n")
        await self.client[1].drain()

    async def _connect(self, said: bytes) -> None:
        self.target = await asyncio.open_connection("127.0.0.1", self.proxy.target)
        self.target[1].write(said)
        there = asyncio.create_task(self._pump(self.client[0], self.target[1]))
        back = self._buffer if self.proxy.buffered else self._pump
        try:
            await back(self.target[0], self.client[1])
        finally:
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(piece: bytes) -> None:
            writer.write(piece)
            await writer.drain()

        while data := await reader.read(CHUNK):
            await self.proxy.carry(data, write)
        if writer.can_write_eof():
            writer.write_eof()

    async def _buffer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        await writer.drain()

    def _writers(self) -> list[asyncio.StreamWriter]:
        return [streams[1] for streams in (self.client, self.target) if streams is not None]

    def _stop(self) -> None:
        if self._pumps is not None and self._pumps is not asyncio.current_task():
            self._pumps.cancel()


def _one_request(head: bytes) -> bytes:
    """The request with `Connection: close` in it, unless it asks for an upgrade."""
    if b"upgrade: websocket" in head.lower():
        return head
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
