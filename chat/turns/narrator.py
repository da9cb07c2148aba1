"""Says in events what comes from a model, and keeps what is to be known of it afterwards."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from chat.events import (
    Event,
    ReasoningDelta,
    ReasoningEnded,
    TextDelta,
    ToolCallMoved,
    ToolCallWritten,
    TurnWaiting,
    UsageReported,
)
from chat.parts import Part as Kept
from chat.providers.base import Echo, Finish, Part, Reasoning, Text, ToolCallDelta, Usage, Waiting
from chat.telemetry import metrics

from .record import Aside

# Between what a model says before it calls a tool and what it says after.
APART = "\n\n"


class Narrator:
    """`kind` is that of the provider. `facts` are fields of the turn."""

    def __init__(self, turn: str, write: Callable[[Event | Aside], None]) -> None:
        self.kind = ""
        self.facts: dict[str, Any] = {"rounds": 0}
        self.has_begun = False
        self._turn = turn
        self._write = write
        self._usage = _Tally()
        self._thinking_since: float | None = None
        self._has_text = self._is_apart = False
        self._named: set[str] = set()

    def take(self, part: Part) -> None:
        if isinstance(part, Text | Reasoning | ToolCallDelta) and not self.has_begun:
            self.has_begun = True
            self.facts["first_token"] = timezone.now()
        match part:
            case Text(text):
                self._end_thought()
                self._say(text)
            case Reasoning(text):
                self._think(text)
            case ToolCallDelta(_, call, name, arguments):
                self._end_thought()
                self._call(call, name, arguments)
            case Usage():
                self._count(part)
            case Echo(data):
                self._write(Aside({"type": "echo", "kind": self.kind, "data": dict(data)}))
            case Finish(reason):
                self._end_thought()
                self._usage.close()
                self.facts |= {"finish_reason": reason[:40], "rounds": self.facts["rounds"] + 1}
            case Waiting(reason, seconds):
                metrics.provider_failed(reason)
                self._write(TurnWaiting(self._turn, reason, seconds))

    def repeat(self, parts: Iterable[Kept]) -> None:
        """What a turn that is continued has said."""
        for part in parts:
            match part["type"]:
                case "text":
                    self._is_apart = False
                    self._say(part["text"])
                case "reasoning":
                    self._write(ReasoningDelta(self._turn, part["text"]))
                    self._write(ReasoningEnded(self._turn, part["seconds"] or 0.0))
                case "tool_call":
                    self._call(part["call"], part["name"], part["arguments"])
                case "tool_result":
                    self.answer(part["call"], part["status"], part["text"], part["seconds"])

    def move(self, call: str, status: str, note: str = "") -> None:
        self._write(ToolCallMoved(self._turn, call, status, note))

    def answer(self, call: str, status: str, text: str, seconds: float | None) -> None:
        self._write(Aside({"type": "answer", "call": call, "text": text, "seconds": seconds}))
        self.move(call, status)

    def end(self) -> None:
        """Nothing more will come."""
        self._end_thought()

    def _say(self, text: str) -> None:
        if self._is_apart and self._has_text:
            text = APART + text
        self._is_apart, self._has_text = False, True
        self._write(TextDelta(self._turn, text))

    def _think(self, text: str) -> None:
        if self._thinking_since is None:
            self._thinking_since = asyncio.get_running_loop().time()
        self._write(ReasoningDelta(self._turn, text))

    def _end_thought(self) -> None:
        if self._thinking_since is not None:
            seconds = asyncio.get_running_loop().time() - self._thinking_since
            self._thinking_since = None
            self._write(ReasoningEnded(self._turn, round(seconds, 2)))

    def _call(self, call: str, name: str, arguments: str) -> None:
        self._is_apart = True
        # With the first event of a call alone: the others can then travel together.
        name = "" if call in self._named else name
        self._named.add(call)
        self._write(ToolCallWritten(self._turn, call, name, arguments))

    def _count(self, usage: Usage) -> None:
        self._usage.take(usage)
        self.facts |= self._usage.total
        told = self._usage.total
        self._write(UsageReported(self._turn, told["prompt_tokens"], told["completion_tokens"]))


class _Tally:
    """Tokens of all rounds. Within one, what a server says later replaces what it said before."""

    FIELDS = ("prompt_tokens", "completion_tokens", "reasoning_tokens")

    def __init__(self) -> None:
        self._before: dict[str, int | None] = dict.fromkeys(self.FIELDS)
        self._now: dict[str, int | None] = dict.fromkeys(self.FIELDS)

    def take(self, usage: Usage) -> None:
        for name in self.FIELDS:
            if (count := getattr(usage, name)) is not None:
                self._now[name] = count

    def close(self) -> None:
        self._before, self._now = self.total, dict.fromkeys(self.FIELDS)

    @property
    def total(self) -> dict[str, int | None]:
        return {name: _sum(self._before[name], self._now[name]) for name in self.FIELDS}


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
