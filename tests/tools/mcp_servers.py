"""MCP servers for tests: a real one in a process of its own, and one that says what it is told to."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.ports import free_port
from tests.product import ROOT

STARTS_WITHIN = 30


class McpProcess:
    """tests/tools/mcp_server.py; the same port each time. `notes` is what it wrote down while it worked."""

    def __init__(self, directory: Path, kind: str = "sse") -> None:
        self.port, self._kind = free_port(), kind
        self._notes, self._log = directory / "notes", directory / "mcp.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().split() if self._notes.exists() else []

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.tools.mcp_server",
            str(self.port),
            self._kind,
            str(self._notes),
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._is_there():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _is_there(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True


Answer = tuple[int, dict[str, str], Iterator[bytes]]
Script = Callable[[str, dict[str, Any], dict[str, str]], Answer]


@contextmanager
def scripted(script: Script) -> Iterator[str]:
    """The address of a server that answers each request, by its method and message, as `script` says."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, pieces = script(
                self.command,
                json.loads(body or "{}"),
                {name.title(): value for name, value in self.headers.items()},
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except OSError:
                pass  # the other side has had enough

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/mcp"
        finally:
            server.shutdown()


def plain(status: int, body: bytes, kind: str, **headers: str) -> Answer:
    return status, {"Content-Type": kind, "Content-Length": str(len(body)), **headers}, iter([body])


def result(message: dict[str, Any], value: Any, **headers: str) -> Answer:
    body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": value}).encode()
    return plain(200, body, "application/json", **headers)


class OldServer:
    """As servers were before `server/discover`: a handshake, and a session that it may lose. `replies` are results by
    method; what it was asked is kept."""

    def __init__(self, **replies: Any) -> None:
        self.replies = {name.replace("_", "/"): value for name, value in replies.items()}
        self.asked: list[str] = []
        self.session = 0

    def __call__(self, verb: str, message: dict[str, Any], headers: dict[str, str]) -> Answer:
        method = message.get("method", verb)
        self.asked.append(method)
        if verb == "GET":
            return plain(405, b"", "text/plain")
        if verb == "DELETE" or method.startswith("notifications/"):
            return plain(202, b"", "text/plain")
        if method == "initialize":
            self.session += 1
            value = {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "old", "version": "1"},
            }
            return result(message, value, **{"Mcp-Session-Id": str(self.session)})
        if headers.get("Mcp-Session-Id") != str(self.session):
            return plain(400, b"no session", "text/plain")
        return result(message, self.replies[method])
