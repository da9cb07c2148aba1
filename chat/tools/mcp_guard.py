"""What the MCP SDK does not look at: where it is sent, how much comes, and what a server refuses with."""

import ssl
from collections.abc import AsyncIterator
from functools import cache

import httpx2

from .base import Server
from .mcp import ServerTrouble

CONNECT_SECONDS = 5.0
RESPONSE_MAX_BYTES = 8 * 1024 * 1024
ANSWERS = ("application/json", "text/event-stream")


class Guard:
    """Remembers of one session what the SDK has no words for."""

    def __init__(self) -> None:
        self.status = 0
        self.trouble: ServerTrouble | None = None

    def refuse(self, message: str, detail: str = "") -> ServerTrouble:
        """The first is the cause; what follows from it is not told."""
        self.trouble = self.trouble or ServerTrouble(message, detail)
        return self.trouble


def client_for(server: Server, guard: Guard) -> httpx2.AsyncClient:
    """To be entered. The headers may hold secrets, and go to no other place than was entered in the admin: no redirect is
    followed, and no proxy of the environment is asked. An administrator may name hosts of the inner network; that is what
    such servers mostly are."""
    inner = httpx2.AsyncHTTPTransport(verify=_trust(), trust_env=False)
    return httpx2.AsyncClient(
        transport=_Guarded(inner, server, guard),
        # A compressed answer might be a thousand times larger than it looks.
        headers={**server.headers, "Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(server.timeout_seconds, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )


@cache
def _trust() -> ssl.SSLContext:
    """Whom the operating system trusts. Made once, for it takes 40 ms."""
    return httpx2.create_ssl_context(trust_env=False)


class _Guarded(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport, server: Server, guard: Guard) -> None:
        self._inner, self._name, self._guard = inner, server.name, guard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if problem := self._look_at(request, response):
            await response.aclose()
            raise problem
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Capped(stream, self._name, self._guard),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _look_at(self, request: httpx2.Request, response: httpx2.Response) -> ServerTrouble | None:
        if request.method == "POST":
            self._guard.status = response.status_code
        refuse, name = self._guard.refuse, self._name
        if response.has_redirect_location:
            where = httpx2.URL(response.headers["location"]).copy_with(query=None, fragment=None)
            return refuse(f"{name} sends us elsewhere, which we do not follow.", f"redirect to {where}")
        if response.status_code in (401, 403):
            return refuse(
                f"{name} does not let us in. Its headers have to be set, or corrected, in the admin.",
                f"HTTP {response.status_code}",
            )
        if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            return refuse(f"{name} compresses its answers although it was asked not to.")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and response.status_code == 200 and kind not in ANSWERS:
            return refuse(
                f"{name} does not answer as an MCP server does. Is the address right?",
                f"content type {kind or 'missing'}",
            )
        return None


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, name: str, guard: Guard) -> None:
        self._inner, self._name, self._guard = inner, name, guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for data in self._inner:
            size += len(data)
            if size > RESPONSE_MAX_BYTES:
                raise self._guard.refuse(f"{self._name} answered with more than we take.", "over 8 MB")
            yield data

    async def aclose(self) -> None:
        await self._inner.aclose()
