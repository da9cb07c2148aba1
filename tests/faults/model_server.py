"""A model server that does as it is told: the name of the model is the name of a script.

It runs a loop in a thread of its own. Scripts write bytes, so that they can break whatever there is to break.
"""

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class Request:
    """`began` is when it came, `gone` when the client hung up, `ended` when the script had; all by the monotonic clock, the
    last two 0 before."""

    model: str
    text: str
    headers: dict[str, str]
    body: dict[str, Any]
    path: str = ""
    gone: float = 0
    ended: float = 0
    began: float = field(default_factory=time.monotonic)


class Wire:
    """The connection of one request, in the hands of its script."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._writer = writer
        self.hung_up = asyncio.Event()

    async def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Status line and headers. Without a length the body ends with the connection."""
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def event(self, value: Any) -> None:
        await self.send(event(value))

    async def say(self, text: str) -> None:
        await self.send(delta(text))

    async def finish(self, reason: str = "stop") -> None:
        await self.send(finish(reason) + DONE)

    async def gone(self) -> None:
        """Returns when the client has hung up."""
        await self.hung_up.wait()

    async def gone_or(self, seconds: float) -> None:
        """Returns when the client has hung up, or after so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.hung_up.wait()

    def reset(self) -> None:
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._writer.transport.abort()


Script = Callable[[Wire], Awaitable[None]]
DONE = b"data: [DONE]\n\n"


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [choice],
    }


def delta(text: str) -> bytes:
    return event(chunk({"content": text}))


def finish(reason: str = "stop") -> bytes:
    return event(chunk({}, reason))


@dataclass
class ModelServer:
    scripts: dict[str, Script] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/v1"

    def asked(self, model: str) -> list[Request]:
        return [request for request in self.requests if request.model == model]

    def asked_with(self, text: str) -> list[Request]:
        return [request for request in self.requests if request.text == text]

    @contextmanager
    def serving(self) -> Iterator["ModelServer"]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="model server", daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), loop).result(10)
        yield self
        asyncio.run_coroutine_threadsafe(self._hang_up(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _listen(self) -> None:
        self._answers: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        self._server.close()
        for task in self._answers:
            task.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answers.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._answers.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
        lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        if head.startswith("GET"):
            await self._list_models(writer)
            return
        said = body.get("messages") or body.get("input")
        text = said[-1].get("content", "") if said else ""
        request = Request(body["model"], text, headers, body, head.split()[1])
        self.requests.append(request)
        wire = Wire(request, writer)
        watch = asyncio.create_task(self._watch(wire, reader))
        try:
            await self.scripts[request.model](wire)
        except OSError:
            request.gone = request.gone or time.monotonic()
        finally:
            request.ended = time.monotonic()
            watch.cancel()

    async def _watch(self, wire: Wire, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            await reader.read()
        wire.request.gone = time.monotonic()
        wire.hung_up.set()

    async def _list_models(self, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"object": "list", "data": [{"id": name} for name in self.scripts]}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
