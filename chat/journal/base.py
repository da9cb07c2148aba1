"""The journal: an append-only log of events, a topic per conversation.

This module owns the algorithm, group commit and followers; a backend supplies five primitives. A cursor is
`epoch:offset`. The epoch names one history of a topic, so that a log that was lost and begun anew is never mistaken for
one in which nothing has happened.
"""

import asyncio
import contextvars
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

FOLLOWER_BYTES = 128 * 1024
PAGE_ENTRIES = 2000
LISTENER_ENTRIES = 64
PAGE_BYTES = 128 * 1024
# The `seq` of the append that ends a writer's work: whoever repeats it adds nothing.
LAST = 2**62


class JournalError(Exception):
    """An append or a read could not be done. Whether an append has been kept is not known; it may be repeated."""


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
    """Who writes: `token` grows with each owner of `key`, `seq` with each append of one owner."""

    key: str
    token: int
    seq: int


@dataclass(slots=True)
class Append:
    """Events that go into a topic together. After the write `cursor` is the place of the last one."""

    topic: str
    events: list[Mergeable]
    fence: Fence | None
    done: "asyncio.Future[Cursor]"
    payloads: list[str] = field(default_factory=list)
    outcome: Cursor | StaleFence | None = None
    first: int = 0

    def absorb(self, events: Sequence[Mergeable], fence: Fence | None) -> bool:
        """Take over a later append of the same writer, if its events run on from ours."""
        mine, theirs = self.fence, fence
        if (
            not (self.events and events)
            or mine is None
            or theirs is None
            or (mine.key, mine.token) != (theirs.key, theirs.token)
        ):
            return False
        merged = self.events[-1].merge(events[0])
        if merged is None:
            return False
        self.events[-1:] = [merged, *events[1:]]
        self.fence = fence
        return True


class Follower:
    """A place in a topic, and what has come since, up to a bound. Past the bound it is only a place: the log has the rest."""

    def __init__(
        self, journal: "Journal", topic: str, after: Cursor, wake: asyncio.Event | None = None
    ) -> None:
        self.topic = topic
        self.cursor = after
        self.wake = wake or asyncio.Event()
        self._journal = journal
        self._buffer: deque[Entry] = deque()
        self._bytes = 0
        self._behind = True
        self._reading = False

    def offer(self, epoch: str, entries: Sequence[Entry]) -> None:
        """New durable entries, from this process."""
        if not self._behind:
            size = sum(len(entry.payload) for entry in entries)
            last = self.end
            # A read that is under way may bring the entries between.
            joins = self._reading and not self._buffer
            runs_on = epoch == self.cursor.epoch and (joins or entries[0].offset == last + 1)
            if runs_on and self._bytes + size <= FOLLOWER_BYTES:
                self._buffer.extend(entries)
                self._bytes += size
            elif epoch != self.cursor.epoch or entries[-1].offset > last:
                self.lag()
        self.wake.set()

    def heard(self, end: Cursor) -> None:
        """Another process may have written up to here."""
        if end.epoch != self.cursor.epoch or end.offset > self.end:
            self.lag()

    def lag(self) -> None:
        """Forget the buffer and read the log instead."""
        self._buffer.clear()
        self._bytes = 0
        self._behind = True
        self.wake.set()

    @property
    def end(self) -> int:
        """The highest offset this follower knows of."""
        return self._buffer[-1].offset if self._buffer else self.cursor.offset

    async def take(self) -> list[Entry]:
        """What has come since the cursor, which moves on past it; empty where nothing has. Raises Gap, JournalError."""
        self.wake.clear()
        if self._behind:
            entries = await self._read()
            if entries:
                self.cursor = Cursor(self.cursor.epoch, entries[-1].offset)
            self._drop_seen()
            if len(entries) >= PAGE_ENTRIES or sum(len(entry.payload) for entry in entries) >= PAGE_BYTES:
                self.lag()
            return entries
        taken = list(self._buffer)
        self._buffer.clear()
        self._bytes = 0
        if taken:
            self.cursor = Cursor(self.cursor.epoch, taken[-1].offset)
        return taken

    def close(self) -> None:
        self._journal.forget(self)

    async def _read(self) -> list[Entry]:
        # From here on entries may be offered: those that the read brings as well are dropped afterwards.
        self._behind, self._reading = False, True
        try:
            return await self._journal.read(self.topic, self.cursor)
        except BaseException:
            self.lag()
            raise
        finally:
            self._reading = False

    def _drop_seen(self) -> None:
        while self._buffer and self._buffer[0].offset <= self.cursor.offset:
            self._bytes -= len(self._buffer.popleft().payload)
        if self._buffer and self._buffer[0].offset != self.cursor.offset + 1:
            self.lag()


class Listener:
    """What comes into a topic from now on, for hints whose loss costs freshness and nothing else."""

    def __init__(self, journal: "Journal", topic: str, wake: asyncio.Event) -> None:
        self.topic = topic
        self.wake = wake
        self._journal = journal
        self._heard: deque[Entry] = deque(maxlen=LISTENER_ENTRIES)
        self._end: Cursor | None = None

    def offer(self, epoch: str, entries: Sequence[Entry]) -> None:
        self._heard.extend(entries)
        self._end = Cursor(epoch, entries[-1].offset)
        self.wake.set()

    def heard(self, end: Cursor) -> None:
        if self._end is not None and self._end != end:
            self._heard.append(Entry(end.offset, ""))
            self.wake.set()
        self._end = end

    def lag(self) -> None:
        """A restarted topic is no news."""

    def take(self) -> list[Entry]:
        """An empty payload stands for something that another process has written."""
        taken = list(self._heard)
        self._heard.clear()
        return taken

    def close(self) -> None:
        self._journal.forget(self)


class Journal(ABC):
    """Used from one event loop at a time, except for `position` and `read`, which any loop may call."""

    def __init__(self) -> None:
        self._pending: list[Append] = []
        self._last_of: dict[str, Append] = {}
        self._writer: asyncio.Task[None] | None = None
        self._followers: dict[str, set[Follower | Listener]] = {}
        self._watcher: asyncio.Task[None] | None = None

    # --- what a backend supplies ---

    @abstractmethod
    async def write(self, batch: list[Append]) -> None:
        """Make the batch durable and set each append's `outcome` and `first`. All or nothing; raises JournalError."""

    @abstractmethod
    async def position(self, topic: str) -> Cursor:
        """The end of the topic."""

    @abstractmethod
    async def read(self, topic: str, after: Cursor) -> list[Entry]:
        """What follows the cursor, at most about a page of it. Raises Gap."""

    @abstractmethod
    async def trim(self, idle_seconds: float, keep: Sequence[str]) -> None:
        """Drop the entries of topics in which nothing has happened for so long, save those to keep."""

    @abstractmethod
    async def restart(self, topic: str) -> Cursor:
        """Begin a new epoch, with no entries: every older cursor becomes a gap."""

    async def changed(self, topics: Sequence[str]) -> dict[str, Cursor]:
        """The ends of topics that other processes may have written to. A backend that hears of writes itself has none."""
        return {}

    watch_seconds = 0.2

    # --- the algorithm ---

    def append(
        self, topic: str, events: Sequence[Mergeable], fence: Fence | None = None
    ) -> "asyncio.Future[Cursor]":
        """Add events. The future holds the cursor after them once they are durable.

        While one write is in flight, further appends wait and go together in the next. An append of no events shows the
        fence, which shuts out every writer with a lower one.
        """
        last = self._last_of.get(topic)
        if last is not None and last.absorb(events, fence):
            return last.done
        append = Append(topic, list(events), fence, asyncio.get_running_loop().create_future())
        append.done.add_done_callback(_retrieved)
        self._pending.append(append)
        self._last_of[topic] = append
        if self._writer is None or self._writer.done():
            # A task of its own context: it outlives the request or turn that happened to start it.
            loop = asyncio.get_running_loop()
            self._writer = loop.create_task(self._write_pending(), context=contextvars.Context())
        return append.done

    async def _write_pending(self) -> None:
        while self._pending:
            batch, self._pending, self._last_of = self._pending, [], {}
            for append in batch:
                append.payloads = [event.encode() for event in append.events]
            try:
                await self.write(batch)
            except Exception as error:
                self._fail(batch, error)
            except BaseException as error:
                self._fail(batch + self._pending, error)
                self._pending, self._last_of = [], {}
                raise
            else:
                self._settle(batch)

    def _fail(self, batch: list[Append], error: BaseException) -> None:
        known = (
            error
            if isinstance(error, JournalError)
            else JournalError(f"The journal cannot be written: {error!r}")
        )
        for append in batch:
            if not append.done.done():
                append.done.set_exception(known)

    def _settle(self, batch: list[Append]) -> None:
        for append in batch:
            outcome = append.outcome
            if isinstance(outcome, Cursor):
                if append.first:
                    self._offer(append.topic, outcome, append)
                if not append.done.done():
                    append.done.set_result(outcome)
            elif not append.done.done():
                append.done.set_exception(outcome or JournalError("The backend gave no outcome."))

    def _offer(self, topic: str, cursor: Cursor, append: Append) -> None:
        followers = self._followers.get(topic)
        if followers and append.payloads:
            entries = [Entry(append.first + i, payload) for i, payload in enumerate(append.payloads)]
            for follower in tuple(followers):
                follower.offer(cursor.epoch, entries)

    def follower(self, topic: str, after: Cursor, wake: asyncio.Event | None = None) -> Follower:
        follower = Follower(self, topic, after, wake)
        self._add(follower)
        follower.wake.set()
        return follower

    def listener(self, topic: str, wake: asyncio.Event) -> Listener:
        listener = Listener(self, topic, wake)
        self._add(listener)
        return listener

    def _add(self, follower: Follower | Listener) -> None:
        self._followers.setdefault(follower.topic, set()).add(follower)
        if self._watcher is None or self._watcher.done():
            loop = asyncio.get_running_loop()
            self._watcher = loop.create_task(self._watch(), context=contextvars.Context())

    def forget(self, follower: Follower | Listener) -> None:
        followers = self._followers.get(follower.topic, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(follower.topic, None)

    async def follow(self, topic: str, after: Cursor) -> AsyncIterator[list[Entry]]:
        """Everything after the cursor, then everything that comes, in order, each entry once. Raises Gap."""
        follower = self.follower(topic, after)
        try:
            while True:
                await follower.wake.wait()
                entries = await follower.take()
                if entries:
                    yield entries
        finally:
            follower.close()

    async def _watch(self) -> None:
        """Notice what other processes have written, while there is anybody to tell."""
        while self._followers:
            await asyncio.sleep(self.watch_seconds)
            try:
                ends = await self.changed(list(self._followers))
            except JournalError:
                continue
            for topic, end in ends.items():
                for follower in tuple(self._followers.get(topic, ())):
                    follower.heard(end)


def _retrieved(future: "asyncio.Future[Cursor]") -> None:
    """An append that nobody waits for may fail in silence: its writer looks at the next one."""
    if not future.cancelled():
        future.exception()
