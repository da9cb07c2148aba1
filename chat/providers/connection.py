"""What the SDKs are used for: a connection that signs in and asks. The bytes of the answer are ours to decode."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache, partial
from typing import Any

import aiohttp
import httpx2

from .base import Part
from .decoder import Decoder
from .errors import cut, from_connection, from_status, not_llm
from .sse import loads
from .tap import heard

# How long the usage and the end of the stream may follow the finish reason.
AFTER_FINISH_SECONDS = 1.0
AFTER_DONE_SECONDS = 0.02
CONNECTIONS = 5000
# Shorter than the five seconds after which common servers close an idle connection.
KEEP_ALIVE_SECONDS = 4.0
ERROR_MAX_BYTES = 64 * 1024
DOCUMENT_MAX_BYTES = 4 * 1024 * 1024

# The aiohttp transport lets some of aiohttp's own errors through.
_FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, ValueError)


def http_client(made: type[httpx2.AsyncClient], connect_seconds: float, key: str) -> httpx2.AsyncClient:
    """An SDK's client over aiohttp. Without redirects, which send the prompt to whom they please, and without the proxies
    of the environment."""
    return made(
        follow_redirects=False,
        trust_env=False,
        verify=_trust(),
        timeout=httpx2.Timeout(None, connect=connect_seconds, pool=connect_seconds),
        limits=httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS),
        event_hooks={"response": [partial(_refuse_errors, key=key)]},
    )


async def answer_to(request: Any, sdk_error: type[Exception]) -> httpx2.Response:
    """The response to a request that an SDK has prepared `with_streaming_response`."""
    try:
        response: httpx2.Response = (await request.__aenter__()).http_response
    except (sdk_error, *_FAILURES) as error:
        raise from_connection(error) from error
    return response


async def parts_of(
    response: httpx2.Response, made: type[Decoder], key: str = ""
) -> AsyncGenerator[Part, None]:
    """The answer's parts as they come; closes the response."""
    async with aclosing(response):
        decoder = made("event-stream" in response.headers.get("content-type", ""), key)
        listener = heard.get()
        async with aclosing(_reads(response, decoder)) as reads:
            async for data in reads:
                if listener:
                    listener(data)
                for part in decoder.feed(data):
                    yield part
                if decoder.failure:
                    break
        received = response.num_bytes_downloaded > 0
    for part in decoder.end(received):
        yield part
    if decoder.failure:
        raise decoder.failure


async def document_of(response: httpx2.Response) -> Any:
    """A JSON document that is no answer of a model, such as a list; closes the response."""
    body = b""
    async with aclosing(response):
        async for data in response.aiter_bytes():
            body += data
            if len(body) > DOCUMENT_MAX_BYTES:
                raise not_llm(body[:2000])
    try:
        return loads(body)
    except ValueError:
        raise not_llm(body[:2000]) from None


def names_in(document: Any) -> list[str]:
    rows = document.get("data") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise not_llm(str(document)[:2000])
    names = [row.get("id") for row in rows if isinstance(row, dict)]
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and 0 < len(name) <= 200))


async def _refuse_errors(response: httpx2.Response, key: str) -> None:
    # Here rather than in the SDK, which would read the whole body, however long it is.
    if response.status_code < 300:
        return
    body = b""
    try:
        async for data in response.aiter_bytes():
            body += data
            if len(body) > ERROR_MAX_BYTES:
                break
    except Exception:  # the status says enough
        body = body or b"(the body broke off)"
    raise from_status(response.status_code, response.headers, body, key)


@cache
def _trust() -> ssl.SSLContext:
    """Whom the operating system trusts. Made once, for it takes 40 ms."""
    return httpx2.create_ssl_context(trust_env=False)


async def _reads(response: httpx2.Response, decoder: Decoder) -> AsyncGenerator[bytes, None]:
    """What the network gives, until the server ends; after its last word only for a moment longer."""
    ends: float | None = None
    async with aclosing(response.aiter_bytes()) as body:
        try:
            while True:
                if ends is None:
                    data = await anext(body, b"")
                else:
                    async with asyncio.timeout_at(ends):
                        data = await anext(body, b"")
                if not data:
                    return
                yield data
                ends = _patience(decoder, ends)
        except Exception as error:
            if not decoder.finished:
                raise cut(f"{type(error).__name__}: {error}") from error


def _patience(decoder: Decoder, ends: float | None) -> float | None:
    if decoder.done:
        # Nothing is missing, but a body that was read to its end leaves a connection to be used again.
        return asyncio.get_running_loop().time() + AFTER_DONE_SECONDS
    if decoder.finished and ends is None:
        return asyncio.get_running_loop().time() + AFTER_FINISH_SECONDS
    return ends
