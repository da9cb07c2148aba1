"""Any server that speaks OpenAI's protocols: OpenAI, Azure, vLLM, llama.cpp, Ollama, LM Studio, gateways."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai.resources.chat.completions  # noqa: F401  (which the SDK would otherwise load amid the first turn)
from openai import AsyncOpenAI, DefaultAioHttpClient, Omit, OpenAIError

from .base import DEFAULTS, Options, Part, Prompt, ProviderError, Text, gettext_noop
from .completions import CompletionDecoder
from .completions_request import completion_body
from .connection import answer_to, document_of, http_client, names_in, parts_of
from .listing import Offer, offers_in
from .responses import ResponseDecoder
from .responses_request import response_body

DEFAULT_URL = "https://api.openai.com/v1"
RESPONSES = "responses"
# The last dated version that serves deployments by their names; the newer addresses want none.
AZURE_VERSION = "2024-10-21"


class OpenAIProvider:
    """The SDK connects, signs in and asks. Its own retries are off, since they pay twice where nobody sees it."""

    label = gettext_noop("OpenAI-compatible")

    def __init__(self, base_url: str = "", key: str = "", options: Options = DEFAULTS) -> None:
        base_url = _whole(base_url or DEFAULT_URL)
        self._key = key
        # What a server was found not to know, or to know only elsewhere. Asked once too often at most.
        self._reports_usage = True
        self._encrypts_thoughts = True
        self._only_responses: set[str] = set()
        self._headers = _headers(base_url, key)
        http = http_client(DefaultAioHttpClient, options.connect_seconds, key)
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=key or "none",
            max_retries=0,
            timeout=http.timeout,
            default_query=_query(base_url),
            http_client=http,
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        response = await self._ask(prompt)
        # By the address that answered: the first may have been the wrong one.
        decoder = ResponseDecoder if response.url.path.endswith("/responses") else CompletionDecoder
        async with aclosing(parts_of(response, decoder, self._key)) as parts:
            async for part in parts:
                yield part

    async def complete(self, prompt: Prompt) -> str:
        async with aclosing(self.stream(replace(prompt, stream=False))) as parts:
            return "".join([part.text async for part in parts if isinstance(part, Text)])

    async def count(self, prompt: Prompt) -> int | None:
        return None

    async def models(self) -> list[str]:
        return names_in(await self._list())

    async def offers(self) -> list[Offer]:
        """Gateways and servers of one's own tell more than names."""
        document = await self._list()
        return offers_in(document, names_in(document))

    async def _list(self) -> Any:
        request = self._client.models.with_streaming_response.list(extra_headers=self._headers)
        return await document_of(await answer_to(request, OpenAIError))

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, prompt: Prompt) -> httpx2.Response:
        """What a server names as the reason to refuse is left out, each once."""
        for _ in range(3):
            try:
                return await self._request(prompt)
            except ProviderError as error:
                changed = self._without(prompt, error.detail)
                if changed is None:
                    raise
                prompt = changed
        return await self._request(prompt)

    def _without(self, prompt: Prompt, refused: str) -> Prompt | None:
        """The prompt as this server may take it; None where there is nothing to be done."""
        is_responses = self._api(prompt) == RESPONSES
        if "max_completion_tokens" in refused and "max_tokens" in prompt.parameters and not is_responses:
            return _renamed(prompt)
        if "v1/responses" in refused and not is_responses:
            self._only_responses.add(prompt.model)
        elif "stream_options" in refused and self._reports_usage:
            self._reports_usage = False
        elif "ncrypted" in refused and is_responses and self._encrypts_thoughts:
            self._encrypts_thoughts = False
        else:
            return None
        return prompt

    def _api(self, prompt: Prompt) -> str:
        return RESPONSES if prompt.model in self._only_responses else prompt.api

    async def _request(self, prompt: Prompt) -> httpx2.Response:
        create: Callable[..., Any]
        if self._api(prompt) == RESPONSES:
            create = self._client.responses.with_streaming_response.create
            body = response_body(prompt, self._encrypts_thoughts)
        else:
            create = self._client.chat.completions.with_streaming_response.create
            body = completion_body(prompt)
            if prompt.stream and self._reports_usage:
                body.setdefault("stream_options", {"include_usage": True})
            create = _with_messages(create)
        request = create(
            model=prompt.model, stream=prompt.stream, extra_headers=self._headers, extra_body=body
        )
        return await answer_to(request, OpenAIError)


def _with_messages(create: Callable[..., Any]) -> Callable[..., Any]:
    """The SDK wants them by name; what it is given of them in the body replaces these."""
    return lambda **told: create(messages=[], **told)


def _headers(base_url: str, key: str) -> Any:
    # A compressed stream comes in lumps. And where there is no key, none is to be sent.
    plain: dict[str, Any] = {"Accept-Encoding": "identity"}
    if _is_azure(base_url) and key:
        return plain | {"api-key": key, "Authorization": Omit()}
    return plain if key else plain | {"Authorization": Omit()}


def _whole(base_url: str) -> str:
    """Azure's portal shows its addresses without their path."""
    is_bare = _is_azure(base_url) and urlsplit(base_url).path in ("", "/")
    return f"{base_url.rstrip('/')}/openai/v1" if is_bare else base_url


def _query(base_url: str) -> dict[str, object]:
    return {"api-version": AZURE_VERSION} if _is_azure(base_url) and "/deployments/" in base_url else {}


def _is_azure(base_url: str) -> bool:
    return (urlsplit(base_url).hostname or "").endswith(".azure.com")


def _renamed(prompt: Prompt) -> Prompt:
    """Of one parameter there are two names, and newer models of OpenAI's refuse the older."""
    parameters = dict(prompt.parameters)
    parameters["max_completion_tokens"] = parameters.pop("max_tokens")
    return replace(prompt, parameters=parameters)
