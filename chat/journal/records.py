"""What a journal is made of: places, entries, writers, and what goes wrong. Standard library only."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

# The `seq` of the append that ends a writer's work: whoever repeats it adds nothing.
LAST = 2**62


class JournalError(Exception):
    """An append or a read could not be done. Whether an append has been kept is not known; it may be repeated."""


class BegunAnew(JournalError):
    """The topic is in another epoch than the writer knows of: nothing was kept."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic} has begun anew.")


class StaleFence(JournalError):
    """Another writer has shown a higher token; this one can write nowhere any more."""


class Gap(Exception):
    """The cursor cannot be served: of another epoch, trimmed away, or ahead of the log. The reader loads afresh."""


class Mergeable(Protocol):
    def merge(self, later: Any) -> "Mergeable | None": ...
    def encode(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    epoch: str
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Gap for anything that no journal has ever given out."""
        epoch, separator, offset = text.partition(":")
        plain = offset.isascii() and offset.isdigit() and len(offset) < 19
        if not (separator and epoch and len(epoch) <= 16 and plain):
            raise Gap
        return cls(epoch, int(offset))


@dataclass(frozen=True, slots=True)
class Entry:
    """`payload` is the encoded event."""

    offset: int
    payload: str


@dataclass(frozen=True, slots=True)
class Fence:
    """Who writes: `token` grows with each owner of `key`, `seq` with each append of one owner. In another `epoch` than this
    nothing is kept, unless it is "": whoever writes what runs on from before is to know of a new one first."""

    key: str
    token: int
    seq: int
    epoch: str = ""


@dataclass(slots=True)
class Append:
    """What one writer adds to a topic in one go: the events of each of its appends that waited together.

    A backend stores `payloads` behind the end of the topic and sets `first` and `outcome`: the cursor after them.
    """

    topic: str
    parts: list[tuple[Fence | None, Sequence[Mergeable]]]
    done: "asyncio.Future[Cursor]"
    outcome: Cursor | JournalError | None = None
    first: int = 0
    payloads: list[str] = field(default_factory=list)

    @property
    def fence(self) -> Fence | None:
        return self.parts[-1][0]

    @property
    def epoch(self) -> str:
        return self.fence.epoch if self.fence else ""

    @property
    def first_seq(self) -> int:
        fence = self.parts[0][0]
        return fence.seq if fence else 0

    def absorb(self, events: Sequence[Mergeable], fence: Fence | None) -> bool:
        """Take in a later append, if it is of the same writer. One that is here already adds nothing."""
        mine = self.fence
        if mine is None or fence is None:
            return False
        if (mine.key, mine.token, mine.epoch) != (fence.key, fence.token, fence.epoch):
            return False
        if fence.seq > mine.seq:
            self.parts.append((fence, events))
        return True

    def holds(self, fence: Fence) -> bool:
        """Whether this is the append of that writer already, or a later one."""
        mine = self.fence
        return mine is not None and mine.token == fence.token and fence.seq <= mine.seq

    def encode(self) -> None:
        """Events that run on from each other become one payload."""
        merged: list[Mergeable] = []
        for event in (event for _, events in self.parts for event in events):
            joined = merged[-1].merge(event) if merged else None
            if joined is None:
                merged.append(event)
            else:
                merged[-1] = joined
        self.payloads = [event.encode() for event in merged]

    def judge_epoch(self, epoch: str) -> None:
        if self.outcome is None and self.epoch not in ("", epoch):
            self.outcome = BegunAnew(self.topic)

    def judge(self, token: int, seq: int, end: Cursor) -> None:
        """Leave out what a journal that has seen this much of the writer must not add."""
        if self.fence is None:
            return
        if self.fence.token < token:
            self.outcome = StaleFence(f"{self.fence.key} has a newer writer.")
            return
        self.judge_epoch(end.epoch)
        if self.outcome is None and self.fence.token == token:
            self.parts = [part for part in self.parts if part[0] and part[0].seq > seq]
            if self.parts:
                self.encode()
            else:
                self.outcome, self.first, self.payloads = end, 0, []
