"""A turn's exchange with a provider: rounds of answers and of what their calls bring, and retries. It knows neither
Django nor the journal."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from chat.providers.base import (
    Part,
    Prompt,
    Provider,
    ProviderError,
    Said,
    ToolCall,
    ToolResult,
    Waiting,
    gettext_noop,
)

from .answer import LATE, Answer, Bounds, Limits

__all__ = ["LATE", "Limits", "Toolbox", "run"]

NO_TOOLS = gettext_noop("The model wants to call a tool, and there is none for it here.")
NO_END = gettext_noop("The model went on calling tools instead of answering.")


class Toolbox(Protocol):
    """Whoever carries out calls. `waited` is how many seconds it has waited for a person so far."""

    waited: float

    async def answer(self, calls: Sequence[ToolCall]) -> Sequence[ToolResult]:
        """What came of each call, in their order. Whatever goes wrong with one is a result as well."""
        ...


async def run(
    provider: Provider, prompt: Prompt, limits: Limits, toolbox: Toolbox | None = None
) -> AsyncGenerator[Part, None]:
    """The parts of a turn: of one answer after another, each up to its `Finish`, until one of them calls no tool. Whatever
    else ends it is a `ProviderError`.

    A prompt that ends with calls has them carried out first. While nothing of an answer has come, a retryable error leads
    to `Waiting` and another request. Closing this closes the connection to the provider.
    """
    exchange = _Exchange(provider, limits, toolbox)
    async with aclosing(exchange.rounds(prompt)) as parts:
        async for part in parts:
            yield part


class _Exchange:
    def __init__(self, provider: Provider, limits: Limits, toolbox: Toolbox | None) -> None:
        self._provider = provider
        self._limits = limits
        self._toolbox = toolbox
        self._bounds = Bounds(limits)
        self._used: set[str] = set()
        self._answer = Answer(self._bounds, self._used)

    async def rounds(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        self._used.update(call.id for said in prompt.messages for call in said.calls)
        if prompt.messages and prompt.messages[-1].calls:
            prompt = await self._carried_out(prompt, prompt.messages[-1].calls)
        for left in range(self._limits.rounds, -1, -1):
            # The last time without tools, so that there is nothing left but to answer.
            asked = prompt if left or not self._toolbox else replace(prompt, tools=())
            async with aclosing(self._attempts(asked, is_first=left == self._limits.rounds)) as parts:
                async for part in parts:
                    yield part
            calls = self._answer.calls
            if not calls:
                return
            if not self._toolbox or not left:
                raise ProviderError(NO_END if self._toolbox else NO_TOOLS, reason="tools", cut=True)
            prompt = replace(prompt, messages=[*prompt.messages, self._answer.said])
            prompt = await self._carried_out(prompt, calls)

    async def _carried_out(self, prompt: Prompt, calls: Sequence[ToolCall]) -> Prompt:
        if not self._toolbox:
            raise ProviderError(NO_TOOLS, reason="tools", cut=True)
        before = self._toolbox.waited
        results = await self._toolbox.answer(calls)
        self._bounds.ends += self._toolbox.waited - before
        return replace(prompt, messages=[*prompt.messages, Said("user", "", results=results)])

    async def _attempts(self, prompt: Prompt, is_first: bool) -> AsyncGenerator[Part, None]:
        for attempt in range(self._limits.retries + 1):
            self._answer = answer = Answer(self._bounds, self._used)
            try:
                async with aclosing(answer.parts(self._provider.stream(prompt))) as parts:
                    async for part in parts:
                        yield part
                return
            except ProviderError as error:
                # In a later round the reply has begun, however far this answer has come.
                error.cut = error.cut or not is_first
                if answer.begun:
                    raise
                waiting = Waiting(error.reason, _patience(error, attempt, self._limits, self._bounds.ends))
            yield waiting
            await asyncio.sleep(waiting.seconds)


def _patience(error: ProviderError, attempt: int, limits: Limits, ends: float) -> float:
    """Seconds to wait before asking again; raises where that is not to be done."""
    seconds = error.retry_after
    if seconds is None:
        # Of its own length for each, so that those refused together do not come back together.
        seconds = min(2.0**attempt * random.uniform(0.75, 1.25), limits.retry_max)  # noqa: S311
    left = ends - asyncio.get_running_loop().time()
    if error.retryable and attempt < limits.retries and seconds <= min(limits.retry_max, left):
        return seconds
    if error.retry_after:
        raise _with_time(error, error.retry_after) from error
    raise error


def _with_time(error: ProviderError, seconds: float) -> ProviderError:
    return ProviderError(
        f"{error.message} Try again in {_in_words(seconds)}.",
        reason=error.reason,
        retryable=error.retryable,
        retry_after=seconds,
        cut=error.cut,
        detail=error.detail,
    )


def _in_words(seconds: float) -> str:
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds > 1.5 * size:
            return f"{math.ceil(seconds / size)} {unit}s"
    count = max(1, math.ceil(seconds))
    return f"{count} second{'s' if count > 1 else ''}"
