"""A server on this machine that speaks as much of S3 as storing, reading, listing and deleting takes."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>"
CHUNK = re.compile(rb"([0-9a-f]+)(;[^\r\n]*)?\r\n")


class Bucket:
    """`objects` by key; `asked` are the requests: method, path and who signed them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.url = ""


@contextmanager
def bucket() -> Iterator[Bucket]:
    made = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        chunked = "aws-chunked" in self.headers.get("Content-Encoding", "")
        self.bucket.objects[self._key()] = _whole(body) if chunked else body
        self._answer(200)

    def do_GET(self) -> None:
        if not self._key():
            self._answer(200, LIST.format("".join(self._listed())).encode(), "application/xml")
        elif self._key() in self.bucket.objects:
            self._answer(200, self.bucket.objects[self._key()])
        else:
            self._answer(404)

    def do_HEAD(self) -> None:
        self._answer(
            200 if self._key() in self.bucket.objects else 404, self.bucket.objects.get(self._key(), b"")
        )

    def do_DELETE(self) -> None:
        self.bucket.objects.pop(self._key(), None)
        self._answer(204)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).partition("/files")[2].strip("/")

    def _listed(self) -> Iterator[str]:
        asked = parse_qs(urlsplit(self.path).query)
        prefix, delimiter = asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]
        below = set()
        for key in sorted(self.bucket.objects):
            rest = key.removeprefix(prefix)
            if key.startswith(prefix) and delimiter and delimiter in rest:
                below.add(prefix + rest.partition(delimiter)[0] + delimiter)
            elif key.startswith(prefix):
                yield f"<Contents><Key>{key}</Key><Size>{len(self.bucket.objects[key])}</Size></Contents>"
        yield from (f"<CommonPrefixes><Prefix>{each}</Prefix></CommonPrefixes>" for each in sorted(below))

    def _answer(self, status: int, body: bytes = b"", kind: str = "application/octet-stream") -> None:
        signed = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        self.bucket.asked.append((self.command, self.path, signed[1] if signed else ""))
        self.send_response(status)
        headers = {"Content-Length": str(len(body)), "Content-Type": kind, "ETag": '"x"'}
        for name, value in {**headers, "Last-Modified": formatdate(usegmt=True)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""


def _whole(body: bytes) -> bytes:
    """What was sent in signed pieces."""
    out, at = b"", 0
    while (head := CHUNK.match(body, at)) and (size := int(head[1], 16)):
        out += body[head.end() : head.end() + size]
        at = head.end() + size + 2
    return out
