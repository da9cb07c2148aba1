"""A port of its own for a process that serves nobody: `/metrics` and `/healthz`, and nothing else."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from django.db import close_old_connections

from . import metrics
from .readers import may_read

log = logging.getLogger(__name__)
HEAD_SECONDS = 5
HEAD_BYTES = 16 * 1024


async def listen(host: str, port: int) -> asyncio.Server | None:
    """In the running loop. A port that cannot be had is no reason to make no replies."""
    try:
        return await asyncio.start_server(_serve, host, port, limit=HEAD_BYTES)
    except OSError as error:
        log.error("figures are not to be had at port %d of %s: %r", port, host, error)
        return None


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # A client that says nothing, or breaks off, gets no answer.
    with contextlib.suppress(OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
        async with asyncio.timeout(HEAD_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
            writer.write(await _answer(head, (writer.get_extra_info("peername") or ("",))[0]))
            await writer.drain()
    writer.close()


async def _answer(head: str, peer: str) -> bytes:
    line, *rest = head.split("\r\n")
    method, _, target = line.partition(" ")
    path = target.partition(" ")[0].partition("?")[0]
    if method not in ("GET", "HEAD"):
        return _response("405 Method Not Allowed", b"")
    if path == "/healthz":
        return _response("200 OK", b"ok\n", method)
    if path == "/metrics" and may_read(peer, _headers(rest)):
        return _response("200 OK", await asyncio.to_thread(_text), method, metrics.CONTENT_TYPE)
    return _response("404 Not Found", b"")


def _text() -> bytes:
    """They ask the database, from a thread that nobody else would take the connection from."""
    try:
        return metrics.text()
    finally:
        close_old_connections()


def _headers(lines: list[str]) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _response(status: str, body: bytes, method: str = "GET", kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + (body if method == "GET" else b"")
