"""Those who follow a topic: a place in it, and what has come since, within a bound. Standard library only."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from .records import Cursor, Entry

FOLLOWER_BYTES = 128 * 1024
LISTENER_ENTRIES = 64
PAGE_ENTRIES = 2000
PAGE_BYTES = 128 * 1024


class Log(Protocol):
    async def read(self, topic: str, after: Cursor) -> list[Entry]: ...
    def forget(self, follower: "Follower | Listener") -> None: ...


class Follower:
    """A place in a topic, and what has come since, up to a bound. Past the bound it is only a place: the log has the rest."""

    def __init__(self, journal: Log, topic: str, after: Cursor, wake: asyncio.Event | None = None) -> None:
        self.topic = topic
        self.cursor = after
        self.wake = wake or asyncio.Event()
        self._journal = journal
        self._buffer: deque[Entry] = deque()
        self._bytes = 0
        self._behind = True
        self._reading = False
        # The end of the topic, as far as it has been heard of.
        self.head = after.offset

    def offer(self, epoch: str, entries: Sequence[Entry]) -> None:
        """New durable entries, from this process."""
        self.head = entries[-1].offset
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
        self.head = end.offset
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

    def __init__(self, journal: Log, topic: str, wake: asyncio.Event) -> None:
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
