"""Anthropic, and whoever else speaks its messages."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import anthropic.resources.messages
import anthropic.resources.models  # noqa: F401  (which the SDK would otherwise load amid the first turn)
import httpx2
from anthropic import AnthropicError, AsyncAnthropic, DefaultAioHttpClient, Omit

from .base import DEFAULTS, Options, Part, Prompt, ProviderError, Text
from .connection import answer_to, document_of, http_client, names_in, parts_of
from .messages import MessageDecoder
from .messages_request import counted_body, message_body

DEFAULT_URL = "https://api.anthropic.com"
PAGE = 1000
MOST_PAGES = 20

_THOUGHTS_MISSED = re.compile(
    r"Expected `(redacted_)?thinking`|must (begin|start) with a `?thinking|Invalid `?signature", re.IGNORECASE
)


class AnthropicProvider:
    """The SDK connects, signs in and asks. Its own retries are off, since they pay twice where nobody sees it."""

    label = "Anthropic"

    def __init__(self, base_url: str = "", key: str = "", options: Options = DEFAULTS) -> None:
        # The SDK puts the version into the path itself, and people are used to writing it.
        base_url = (base_url or DEFAULT_URL).rstrip("/").removesuffix("/v1")
        self._key = key
        # A compressed stream comes in lumps. And where there is no key, none is to be sent.
        none = {} if key else {"X-Api-Key": Omit(), "Authorization": Omit()}
        self._headers: dict[str, Any] = {"Accept-Encoding": "identity", **none}
        http = http_client(DefaultAioHttpClient, options.connect_seconds, key)
        self._client = AsyncAnthropic(
            base_url=base_url,
            # Never none, or the SDK would look for one in the environment and in the home directory.
            api_key=key or "none",
            max_retries=0,
            timeout=http.timeout,
            http_client=http,
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        response = await self._ask(prompt)
        async with aclosing(parts_of(response, MessageDecoder, self._key)) as parts:
            async for part in parts:
                yield part

    async def complete(self, prompt: Prompt) -> str:
        async with aclosing(self.stream(replace(prompt, stream=False))) as parts:
            return "".join([part.text async for part in parts if isinstance(part, Text)])

    async def count(self, prompt: Prompt) -> int | None:
        request = self._client.messages.with_streaming_response.count_tokens(
            model=prompt.model, messages=[], extra_headers=self._headers, extra_body=counted_body(prompt)
        )
        try:
            document = await document_of(await answer_to(request, AnthropicError))
        except ProviderError:
            return None
        counted = document.get("input_tokens") if isinstance(document, dict) else None
        return counted if isinstance(counted, int) and counted >= 0 else None

    async def models(self) -> list[str]:
        names: list[str] = []
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            request = self._client.models.with_streaming_response.list(
                limit=PAGE, extra_headers=self._headers, **after
            )
            page = await document_of(await answer_to(request, AnthropicError))
            names += names_in(page)
            last = page.get("last_id") if isinstance(page, dict) and page.get("has_more") else None
            if not isinstance(last, str):
                break
            after = {"after_id": last}
        return list(dict.fromkeys(names))

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, prompt: Prompt) -> httpx2.Response:
        try:
            return await self._request(prompt)
        except ProviderError as error:
            if not _THOUGHTS_MISSED.search(error.detail):
                raise
        return await self._request(_without_thoughts(prompt))

    async def _request(self, prompt: Prompt) -> httpx2.Response:
        request = self._client.messages.with_streaming_response.create(
            model=prompt.model,
            max_tokens=1,
            messages=[],
            stream=prompt.stream,
            extra_headers=self._headers,
            extra_body=message_body(prompt),
        )
        return await answer_to(request, AnthropicError)


def _without_thoughts(prompt: Prompt) -> Prompt:
    """Those of another model, or of an answer that broke off, cannot be gone on from; the rest can, without thinking."""
    parameters = {name: value for name, value in prompt.parameters.items() if name != "thinking"}
    messages = [replace(said, echo=()) for said in prompt.messages]
    return replace(prompt, parameters=parameters, messages=messages)
