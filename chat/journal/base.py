"""The journal: an append-only log of events, a topic per conversation.

This module owns the algorithm, group commit and followers; a backend supplies six primitives. A cursor is `epoch:offset`.
The epoch names one history of a topic, so that a log that was lost and begun anew is never mistaken for one in which
nothing has happened.
"""

import asyncio
import contextvars
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence

from .followers import Follower, Listener
from .records import LAST, Append, Cursor, Entry, Fence, JournalError, Mergeable, StaleFence


class Journal(ABC):
    """Used from one event loop at a time, except for `position` and `read`, which any loop may call."""

    def __init__(self) -> None:
        self._pending: list[Append] = []
        self._last_of: dict[str, Append] = {}
        self._last_by: dict[tuple[str, str], Append] = {}
        self._writer: asyncio.Task[None] | None = None
        self._followers: dict[str, set[Follower | Listener]] = {}
        self._watcher: asyncio.Task[None] | None = None
        # Writers of which an append failed, with its topic and seq: what they append later must not be kept without it.
        self._failed: dict[tuple[str, int], tuple[str, int]] = {}
        # Told of each batch: the seconds that it took, and its appends; None where it could not be written.
        self.observe: Callable[[float, int | None], None] = _unobserved

    # --- what a backend supplies ---

    @abstractmethod
    async def write(self, batch: list[Append]) -> None:
        """Make each append durable, and set its `outcome` and `first`; where one cannot be kept, its outcome is the error.
        Of one writer nothing may be kept behind what is not. Raises JournalError where it is not known what was kept."""

    @abstractmethod
    async def position(self, topic: str) -> Cursor:
        """The end of the topic."""

    @abstractmethod
    async def read(self, topic: str, after: Cursor) -> list[Entry]:
        """What follows the cursor, at most about a page of it. Raises Gap."""

    @abstractmethod
    async def trim(self, idle_seconds: float, keep: Sequence[str]) -> list[str]:
        """Drop the entries of topics in which nothing has happened for so long, save those to keep. The
        topics that had any."""

    @abstractmethod
    async def drop(self, topic: str, writers: Sequence[str]) -> None:
        """Forget a topic and the fences of its writers, as if there had never been any. Whoever writes to it again begins a
        new epoch."""

    @abstractmethod
    async def renew(self, topic: str) -> Cursor:
        """Begin a new epoch: every older cursor becomes a gap. What was there can be had by `remains`."""

    @abstractmethod
    async def remains(self, topic: str, after: int) -> list[Entry]:
        """What is left behind an offset, of whatever epochs, at most about a page of it. Raises Gap where some is missing."""

    async def changed(self, topics: Sequence[str]) -> dict[str, Cursor]:
        """The ends of topics that other processes may have written to. A backend that hears of writes itself has none."""
        return {}

    def followed(self) -> None:  # noqa: B027
        """Somebody follows a topic that nobody did, or nobody does any more."""

    watch_seconds = 0.2

    # --- the algorithm ---

    def append(
        self, topic: str, events: Sequence[Mergeable], fence: Fence | None = None
    ) -> "asyncio.Future[Cursor]":
        """Add events. The future holds the cursor after them once they are durable.

        While one write is in flight, further appends wait and go together in the next. An append of no events shows the
        fence, which shuts out every writer with a lower one. A writer whose append failed repeats it, or restarts the
        topic, before it is heard again; a repeated append adds nothing.
        """
        last = self._last_of.get(topic)
        if last is not None and last.absorb(events, fence):
            return last.done
        if fence and (mine := self._last_by.get((topic, fence.key))) and mine.holds(fence):
            return mine.done
        append = Append(topic, [(fence, events)], asyncio.get_running_loop().create_future())
        append.done.add_done_callback(_retrieved)
        if fence and self._is_out_of_turn(fence):
            append.done.set_exception(JournalError("An earlier append of this writer failed."))
            return append.done
        self._pending.append(append)
        self._last_of[topic] = append
        if fence:
            self._last_by[topic, fence.key] = append
        if self._writer is None or self._writer.done():
            # A task of its own context: it outlives the request or turn that happened to start it.
            loop = asyncio.get_running_loop()
            self._writer = loop.create_task(self._write_pending(), context=contextvars.Context())
        return append.done

    async def _write_pending(self) -> None:
        while self._pending:
            batch, self._pending, self._last_of, self._last_by = self._pending, [], {}, {}
            batch = self._in_turn(batch)
            for append in batch:
                append.encode()
            began = time.perf_counter()
            try:
                await self.write(batch)
            except Exception as error:
                self.observe(time.perf_counter() - began, None)
                self._fail(batch, error)
            except BaseException as error:
                self._fail(batch + self._pending, error)
                self._pending, self._last_of, self._last_by = [], {}, {}
                raise
            else:
                self.observe(time.perf_counter() - began, len(batch))
                self._settle(batch)

    def _fail(self, batch: list[Append], error: BaseException) -> None:
        known = (
            error
            if isinstance(error, JournalError)
            else JournalError(f"The journal cannot be written: {error!r}")
        )
        for append in batch:
            if append.fence:
                writer = (append.fence.key, append.fence.token)
                self._failed.setdefault(writer, (append.topic, append.first_seq))
            if not append.done.done():
                append.done.set_exception(known)

    def _in_turn(self, batch: list[Append]) -> list[Append]:
        """Without those that waited behind an append of their writer which then failed."""
        late = [append for append in batch if append.fence and self._is_out_of_turn(append.parts[0][0])]
        if late:
            self._fail(late, JournalError("An earlier append of this writer failed."))
        return [append for append in batch if append not in late]

    def _is_out_of_turn(self, fence: Fence | None) -> bool:
        writer = (fence.key, fence.token) if fence else ("", 0)
        if not fence or writer not in self._failed:
            return False
        if self._failed[writer][1] < fence.seq < LAST:
            return True
        del self._failed[writer]
        return False

    async def restart(self, topic: str) -> Cursor:
        """Begin a new epoch: whoever follows is told to load afresh, and writers that failed are heard again."""
        cursor = await self.renew(topic)
        self._failed = {writer: at for writer, at in self._failed.items() if at[0] != topic}
        for follower in tuple(self._followers.get(topic, ())):
            follower.lag()
        return cursor

    def _settle(self, batch: list[Append]) -> None:
        for append in batch:
            outcome = append.outcome
            if isinstance(outcome, Cursor):
                self._offer(append.topic, outcome, append)
                if not append.done.done():
                    append.done.set_result(outcome)
            elif isinstance(outcome, StaleFence):
                if not append.done.done():
                    append.done.set_exception(outcome)
            else:
                self._fail([append], outcome or JournalError("The backend gave no outcome."))

    def _offer(self, topic: str, cursor: Cursor, append: Append) -> None:
        followers = self._followers.get(topic)
        if followers and not append.first:
            # It was there already, kept by a write that seemed to fail.
            for follower in followers:
                follower.lag()
        elif followers and append.payloads:
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
        self.followed()
        if self._watcher is None or self._watcher.done():
            loop = asyncio.get_running_loop()
            self._watcher = loop.create_task(self.watch(), context=contextvars.Context())

    def followers(self) -> list[Follower | Listener]:
        """Everybody who follows a topic here. From any thread."""
        return [each for some in tuple(self._followers.values()) for each in tuple(some)]

    def forget(self, follower: Follower | Listener) -> None:
        followers = self._followers.get(follower.topic, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(follower.topic, None)
            self.followed()

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

    async def watch(self) -> None:
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


def _unobserved(seconds: float, appends: int | None) -> None:
    pass


def _retrieved(future: "asyncio.Future[Cursor]") -> None:
    """An append that nobody waits for may fail in silence: its writer looks at the next one."""
    if not future.cancelled():
        future.exception()
