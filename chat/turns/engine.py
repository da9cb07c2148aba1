"""A turn's exchange with a provider: deadlines, retries and caps. It knows neither Django nor the journal."""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass

from chat.providers.base import (
    Finish,
    Part,
    Prompt,
    Provider,
    ProviderError,
    Reasoning,
    Text,
    Waiting,
    gettext_noop,
)

from .deadline import Deadline, DeadlinePassed

LATE = {
    "first_token": gettext_noop("The model did not begin to answer in time."),
    "idle": gettext_noop("The model fell silent in the middle of its reply."),
    "total": gettext_noop("The reply took longer than it may."),
}
EMPTY = {
    "content_filter": gettext_noop("The model's server withheld this reply."),
    "length": gettext_noop("The model used up its tokens before it came to an answer."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the first token, between two, for the whole turn, and for a wait before asking again; how
    often to ask again; bytes of UTF-8 in a reply and in one delta of it."""

    first_token: float
    idle: float
    total: float
    retries: int
    retry_max: float
    max_bytes: int
    delta_max_bytes: int


async def run(provider: Provider, prompt: Prompt, limits: Limits) -> AsyncGenerator[Part, None]:
    """The parts of one answer, up to its `Finish`; whatever else ends it is a `ProviderError`.

    While nothing has come, a retryable error leads to `Waiting` and another request. Closing this closes the
    connection to the provider.
    """
    ends = asyncio.get_running_loop().time() + limits.total
    for attempt in range(limits.retries + 1):
        answer = _Answer(limits, ends)
        try:
            async with aclosing(answer.parts(provider.stream(prompt))) as parts:
                async for part in parts:
                    yield part
            return
        except ProviderError as error:
            if answer.begun:
                raise
            waiting = Waiting(error.reason, _patience(error, attempt, limits, ends))
        yield waiting
        await asyncio.sleep(waiting.seconds)


class _Answer:
    """What one request brings. `begun`: some of it has come, so that asking again would pay for it twice."""

    def __init__(self, limits: Limits, ends: float) -> None:
        self.begun = False
        self._has_text = False
        self._limits = limits
        self._ends = ends
        self._deadline = Deadline()
        self._bytes_left = limits.max_bytes

    async def parts(self, stream: AsyncGenerator[Part, None]) -> AsyncGenerator[Part, None]:
        with closing(self._deadline):
            async with aclosing(stream):
                while True:
                    part = await self._next(stream)
                    if isinstance(part, Text | Reasoning):
                        for piece in self._fitting(part):
                            yield piece
                        if self._bytes_left <= 0:
                            part = Finish("length")
                    elif not isinstance(part, Finish):
                        yield part
                    if isinstance(part, Finish):
                        yield self._checked(part)
                        return

    async def _next(self, stream: AsyncGenerator[Part, None]) -> Part:
        limits = self._limits
        seconds, reason = (limits.idle, "idle") if self.begun else (limits.first_token, "first_token")
        when = asyncio.get_running_loop().time() + seconds
        if self._ends < when:
            when, reason = self._ends, "total"
        self._deadline.at = when
        try:
            async with self._deadline:
                part = await anext(stream)
        except DeadlinePassed:
            raise ProviderError(LATE[reason], reason=reason, cut=self.begun) from None
        except StopAsyncIteration:
            raise ProviderError(
                gettext_noop("The reply broke off before its end."), reason="cut", cut=True
            ) from None
        self.begun = True
        return part

    def _fitting(self, part: Text | Reasoning) -> Iterator[Text | Reasoning]:
        """The part as deltas of a bearable size, as far as there is room for them."""
        self._has_text = self._has_text or isinstance(part, Text)
        limit = self._limits.delta_max_bytes
        if len(part.text) * 4 <= min(limit, self._bytes_left):
            self._bytes_left -= len(part.text) if part.text.isascii() else len(part.text.encode())
            yield part
            return
        for piece in _pieces(part.text.encode(), limit):
            room = self._bytes_left
            self._bytes_left -= len(piece)
            yield type(part)(piece[:room].decode(errors="ignore"))
            if self._bytes_left <= 0:
                return

    def _checked(self, finish: Finish) -> Finish:
        if self._has_text:
            return finish
        reason = "content_filter" if finish.reason == "content_filter" else "empty"
        raise ProviderError(
            EMPTY.get(finish.reason, gettext_noop("The model sent an empty reply.")), reason=reason
        )


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = min(at + size, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # not in the middle of a character
            end -= 1
        yield data[at:end]
        at = end


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
