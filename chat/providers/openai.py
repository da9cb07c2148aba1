"""Any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, LM Studio, gateways."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from typing import Any

import aiohttp
import httpx2
import openai.resources.chat.completions  # noqa: F401  (which the SDK would otherwise load amid the first turn)
from openai import AsyncOpenAI, DefaultAioHttpClient, Omit, OpenAIError

from .base import Part, Prompt, ProviderError, Text
from .completions import CompletionDecoder
from .errors import cut, from_connection, from_status, not_llm
from .sse import loads

# How long the usage and the end of the stream may follow the finish reason.
AFTER_FINISH_SECONDS = 1.0
AFTER_DONE_SECONDS = 0.02
CONNECTIONS = 5000
# Shorter than the five seconds after which common servers close an idle connection.
KEEP_ALIVE_SECONDS = 4.0
ERROR_MAX_BYTES = 64 * 1024
LIST_MAX_BYTES = 4 * 1024 * 1024

# The aiohttp transport lets some of aiohttp's own errors through.
_FAILURES = (OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, ValueError)


class OpenAIProvider:
    """The SDK connects, signs in and asks; the bytes of the answer are ours to decode.

    The SDK's own retries are off, since they pay twice where nobody sees it, and so are redirects, which send
    the prompt to whom they please, and the proxies of the environment.
    """

    def __init__(self, base_url: str, key: str = "", connect_seconds: float = 5.0) -> None:
        self._key = key
        self._reports_usage = True
        self._http = DefaultAioHttpClient(
            follow_redirects=False,
            trust_env=False,
            verify=_trust(),
            timeout=httpx2.Timeout(None, connect=connect_seconds, pool=connect_seconds),
            limits=httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS),
            event_hooks={"response": [self._refuse_errors]},
        )
        # A compressed stream comes in lumps. And where there is no key, none is to be sent.
        self._headers: Any = {"Accept-Encoding": "identity"} | ({} if key else {"Authorization": Omit()})
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=key or "none",
            max_retries=0,
            timeout=self._http.timeout,
            http_client=self._http,
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        async with aclosing(await self._ask(prompt)) as response:
            kind = response.headers.get("content-type", "")
            decoder = CompletionDecoder("event-stream" in kind, self._key)
            async with aclosing(_reads(response, decoder)) as reads:
                async for data in reads:
                    for part in decoder.feed(data):
                        yield part
                    if decoder.failure:
                        break
            received = response.num_bytes_downloaded > 0
        for part in decoder.end(received):
            yield part
        if decoder.failure:
            raise decoder.failure

    async def complete(self, prompt: Prompt) -> str:
        async with aclosing(await self._ask(prompt, stream=False)) as response:
            decoder = CompletionDecoder(False, self._key)
            parts: list[Part] = []
            async for data in response.aiter_bytes():
                parts += decoder.feed(data)
                if decoder.done:
                    break
        parts += decoder.end(bool(response.num_bytes_downloaded))
        if decoder.failure:
            raise decoder.failure
        return "".join(part.text for part in parts if isinstance(part, Text))

    async def models(self) -> list[str]:
        request = self._client.models.with_streaming_response.list(extra_headers=self._headers)
        async with aclosing(await self._answer(request)) as response:
            body = b""
            async for data in response.aiter_bytes():
                body += data
                if len(body) > LIST_MAX_BYTES:
                    raise not_llm(body[:2000])
        return _names(body)

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, prompt: Prompt, stream: bool = True) -> httpx2.Response:
        try:
            return await self._create(prompt, stream)
        except ProviderError as error:
            if "max_completion_tokens" in error.detail and "max_tokens" in prompt.parameters:
                prompt = _renamed(prompt)
            elif self._reports_usage and "stream_options" in error.detail:
                self._reports_usage = False
            else:
                raise
        return await self._create(prompt, stream)

    async def _create(self, prompt: Prompt, stream: bool) -> httpx2.Response:
        messages: Any = [{"role": said.role, "content": said.text} for said in prompt.messages]
        if prompt.system:
            messages.insert(0, {"role": "system", "content": prompt.system})
        usage: Any = {"stream_options": {"include_usage": True}} if stream and self._reports_usage else {}
        request = self._client.chat.completions.with_streaming_response.create(
            model=prompt.model,
            messages=messages,
            stream=stream,
            extra_headers=self._headers,
            extra_body=dict(prompt.parameters),
            **usage,
        )
        return await self._answer(request)

    async def _answer(self, request: Any) -> httpx2.Response:
        try:
            response: httpx2.Response = (await request.__aenter__()).http_response
        except _FAILURES as error:
            raise from_connection(error) from error
        return response

    async def _refuse_errors(self, response: httpx2.Response) -> None:
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
        raise from_status(response.status_code, response.headers, body, self._key)


def _renamed(prompt: Prompt) -> Prompt:
    """Of one parameter there are two names, and newer models of OpenAI's refuse the older."""
    parameters = dict(prompt.parameters)
    parameters["max_completion_tokens"] = parameters.pop("max_tokens")
    return replace(prompt, parameters=parameters)


@cache
def _trust() -> ssl.SSLContext:
    """Whom the operating system trusts. Made once, for it takes 40 ms."""
    return httpx2.create_ssl_context(trust_env=False)


async def _reads(response: httpx2.Response, decoder: CompletionDecoder) -> AsyncGenerator[bytes, None]:
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


def _patience(decoder: CompletionDecoder, ends: float | None) -> float | None:
    if decoder.done:
        # Nothing is missing, but a body that was read to its end leaves a connection to be used again.
        return asyncio.get_running_loop().time() + AFTER_DONE_SECONDS
    if decoder.finished and ends is None:
        return asyncio.get_running_loop().time() + AFTER_FINISH_SECONDS
    return ends


def _names(body: bytes) -> list[str]:
    try:
        value = loads(body)
    except ValueError:
        raise not_llm(body[:2000]) from None
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise not_llm(body[:2000])
    names = [row.get("id") for row in rows if isinstance(row, dict)]
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and 0 < len(name) <= 200))
