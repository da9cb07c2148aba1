"""One answer of a provider, within its deadlines and caps. It knows neither Django nor the journal."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from typing import Any

from chat.providers.base import (
    Echo,
    Finish,
    Part,
    ProviderError,
    Reasoning,
    Said,
    Text,
    ToolCall,
    ToolCallDelta,
    gettext_noop,
)

from .calls import Calls
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
# Where an answer ends like this, its last call may not be whole.
BROKEN_OFF = {"length", "content_filter", "refusal"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the first token, between two, for the whole turn, and for a wait before asking again; how often to ask
    again; bytes of UTF-8 in a reply and in one delta of it; how often the model may call tools before it has to answer."""

    first_token: float
    idle: float
    total: float
    retries: int
    retry_max: float
    max_bytes: int
    delta_max_bytes: int
    rounds: int = 0


class Bounds:
    """What all answers of a turn share: its end, by the clock of the loop, and the bytes that are left."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ends = asyncio.get_running_loop().time() + limits.total
        self.bytes_left = limits.max_bytes


class Answer:
    """What one request brings. `begun`: some of it has come, so that asking again would pay for it twice."""

    def __init__(self, bounds: Bounds, used: set[str]) -> None:
        self.begun = False
        self._text: list[str] = []
        self._echo: list[Mapping[str, Any]] = []
        self._calls = Calls(used)
        self._finish = ""
        self._bounds = bounds
        self._deadline = Deadline()

    @property
    def calls(self) -> list[ToolCall]:
        return [] if self._finish in BROKEN_OFF else self._calls.whole()

    @property
    def said(self) -> Said:
        """As it stands in the next prompt of the same turn."""
        return Said("assistant", "".join(self._text), calls=self.calls, echo=self._echo)

    async def parts(self, stream: AsyncGenerator[Part, None]) -> AsyncGenerator[Part, None]:
        with closing(self._deadline):
            async with aclosing(stream):
                while True:
                    part = await self._next(stream)
                    if not isinstance(part, Finish):
                        for piece in self._taken(part):
                            yield piece
                        if self._bounds.bytes_left <= 0:
                            part = Finish("length")
                    if isinstance(part, Finish):
                        for held in self._calls.rest():
                            yield held
                        yield self._checked(part)
                        return

    async def _next(self, stream: AsyncGenerator[Part, None]) -> Part:
        limits, ends = self._bounds.limits, self._bounds.ends
        seconds, reason = (limits.idle, "idle") if self.begun else (limits.first_token, "first_token")
        when = asyncio.get_running_loop().time() + seconds
        if ends < when:
            when, reason = ends, "total"
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

    def _taken(self, part: Part) -> Iterator[Part]:
        """The part as it is passed on: in pieces of a bearable size, as far as there is room for them."""
        if isinstance(part, Text):
            for text in self._fitting(part.text):
                self._text.append(text)
                yield Text(text)
        elif isinstance(part, Reasoning):
            yield from map(Reasoning, self._fitting(part.text))
        elif isinstance(part, ToolCallDelta):
            yield from self._of_call(part)
        else:
            if isinstance(part, Echo):
                self._echo.append(part.data)
            yield part

    def _of_call(self, delta: ToolCallDelta) -> Iterator[ToolCallDelta]:
        for text in self._fitting(delta.arguments) if delta.arguments else ("",):
            piece = self._calls.take(replace(delta, arguments=text))
            if piece is not None:
                yield piece

    def _fitting(self, text: str) -> Iterator[str]:
        bounds = self._bounds
        limit = bounds.limits.delta_max_bytes
        if len(text) * 4 <= min(limit, bounds.bytes_left):
            bounds.bytes_left -= len(text) if text.isascii() else len(text.encode())
            yield text
            return
        for piece in _pieces(text.encode(), limit):
            room = bounds.bytes_left
            bounds.bytes_left -= len(piece)
            yield piece[:room].decode(errors="ignore")
            if bounds.bytes_left <= 0:
                return

    def _checked(self, finish: Finish) -> Finish:
        self._finish = finish.reason
        if self._text or self.calls:
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
