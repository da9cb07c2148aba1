"""One reader of one conversation, or of what concerns all of a person's, over any transport: what it is sent, how fast,
and when it is sent no more."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from . import live, rates
from .access import Claim, Verdict, access
from .addresses import OWN, network_of
from .beat import beat
from .events import dump
from .journal import Cursor, Entry, Follower, Gap, JournalError, journal
from .models.conversations import topic_of, user_topic

TOO_MANY = 4429
TOO_SLOW = 4408
RESTARTING = 4012
# When to come again, for whoever has too many streams open.
AGAIN_SECONDS = 10
# The transports, as figures name them.
DOORS = ("socket", "stream", "poll")
FRAME_BYTES = 64 * 1024
# How long a viewer waits between two frames of text: what comes alone goes at once, what comes fast goes together. Less than
# runners rest where many of them run, so that it never waits twice; and where so little is left of it, not at all.
FRAME_SECONDS, NO_REST = 0.05, 0.015
# What comes in pieces, and what its pieces are called.
MERGED = {"delta": "text", "reasoning": "text", "tool.call": "arguments"}
_DELTA = tuple(f'{{"type":"{kind}"' for kind in MERGED)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is sent: one JSON object, with the place in the log up to which the viewer then is."""

    type: str
    cursor: str
    json: str


class Viewer:
    """`window` bounds the bytes that may be under way unacknowledged, for transports that acknowledge."""

    def __init__(self, claim: Claim, after: str, door: str, window: int | None = None) -> None:
        self.claim = claim
        self.door = door
        self.code = 0
        self._after = after
        self._window = window
        self._wake = asyncio.Event()
        self._acked = asyncio.Event()
        self._unacked: deque[tuple[int, int]] = deque()
        self._unacked_bytes = 0
        self._cursor = after
        self._follower: Follower | None = None
        self._spoke = self._rests_until = time.monotonic()
        self._clock: asyncio.TimerHandle

    async def open(self, host: str) -> Verdict:
        """Ask for admission, coming from there. A code other than 0 says why there is none."""
        if seconds := _wait_of_address(host):
            return Verdict(TOO_MANY, seconds=seconds)
        verdict = await access.ask(self.claim)
        if verdict.code:
            return verdict
        if seconds := rates.wait_of("STREAMS_PER_MINUTE", verdict.user_id, here=True):
            return Verdict(TOO_MANY, verdict.user_id, seconds)
        if not access.admit(self, verdict.user_id):
            return Verdict(TOO_MANY, verdict.user_id, AGAIN_SECONDS)
        self._user_id = verdict.user_id
        return verdict

    def close(self) -> None:
        access.leave(self)

    def revoke(self, code: int) -> None:
        """End the frames; `code` then says why."""
        self.code = self.code or code
        self._wake.set()
        self._acked.set()

    @property
    def lag(self) -> int:
        """Entries of its log that it has not been sent, as far as this process has heard of them."""
        follower = self._follower
        return max(0, follower.head - follower.cursor.offset) if follower else 0

    def ack(self, cursor: str) -> None:
        """The viewer has what goes up to the cursor. Raises Gap for what is no cursor."""
        offset = Cursor.parse(cursor).offset
        while self._unacked and self._unacked[0][0] <= offset:
            self._unacked_bytes -= self._unacked.popleft()[1]
        self._acked.set()

    async def batches(self) -> AsyncGenerator[list[Frame], None]:
        """A heartbeat at once, so that a buffering proxy shows itself; then all there is after the cursor; then all that
        comes. Ends when access does, and `code` says why."""
        conversation, of_user = self.claim.conversation, user_topic(self._user_id)
        # Whoever reads a conversation hears of the others in passing; without one, they are what is read.
        hints = journal().listener(of_user, self._wake) if conversation else None
        follower: Follower | None = None
        topic = topic_of(conversation) if conversation else of_user
        self._watch_silence()
        try:
            yield [self._heartbeat()]
            follower, lost = await self._follow(topic, self._after)
            while not self.code:
                if lost:
                    yield [self._frame({"type": "reset"})]
                    lost = False
                try:
                    entries = await follower.take()
                except (Gap, JournalError):
                    follower.close()
                    follower, lost = await self._follow(topic, "")
                    continue
                frames = list(frames_of(follower.cursor.epoch, entries))
                if frames and not await self._room(frames):
                    return
                self._cursor = str(follower.cursor)
                if hints:
                    frames += [self._hint(hint.payload) for hint in hints.take()]
                if frames:
                    self._note(frames)
                    # Whoever takes them may take long: meanwhile they are kept nowhere but there.
                    del entries
                    yield frames
                    frames.clear()
                elif self._is_silent():
                    self._spoke = time.monotonic()
                    yield [self._heartbeat()]
                await self._wake.wait()
                await self._rest()
        finally:
            self._clock.cancel()
            if hints:
                hints.close()
            if follower:
                follower.close()

    async def _follow(self, topic: str, after: str) -> tuple[Follower, bool]:
        """Follow from the cursor; where there is none to speak of, from the end of the log, which is a reset."""
        try:
            at, lost = Cursor.parse(after), False
        except Gap:
            at, lost = await self._position(topic), True
            self._cursor = str(at)
        self._follower = journal().follower(topic, at, self._wake)
        return self._follower, lost

    async def _position(self, topic: str) -> Cursor:
        """The end of the log, once the journal can be asked for it."""
        while True:
            try:
                return await live.position(topic)
            except JournalError:
                if self.code:
                    return Cursor("", 0)
                await asyncio.sleep(0.5)

    async def _room(self, frames: list[Frame]) -> bool:
        """Whether the frames may be sent; waits while too much is unacknowledged."""
        if self._window is None:
            return True
        size = sum(len(frame.json) for frame in frames)
        deadline = time.monotonic() + settings.VIEWER_ACK_SECONDS
        while self._unacked_bytes and self._unacked_bytes + size > self._window and not self.code:
            self._acked.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._acked.wait()
            except TimeoutError:
                self.revoke(TOO_SLOW)
        # Frame by frame: a viewer acknowledges by the size of what it has read, which is seldom the end of a batch.
        self._unacked.extend((int(frame.cursor.rpartition(":")[2]), len(frame.json)) for frame in frames)
        self._unacked_bytes += size
        return not self.code

    def _note(self, frames: list[Frame]) -> None:
        self._spoke = now = time.monotonic()
        # What is no text comes seldom, and the first words come right behind it.
        if any(frame.type in MERGED for frame in frames):
            self._rests_until = now + FRAME_SECONDS

    async def _rest(self) -> None:
        """Once there is news, so that what comes seldom enough wakes its viewer once."""
        left = self._rests_until - time.monotonic()
        if left > NO_REST and not self.code:
            await beat.rest(left)

    def _watch_silence(self) -> None:
        """One timer that looks how long it is since anything was said: one a frame would cost more than the frame."""
        loop = asyncio.get_running_loop()
        left = self._spoke + settings.VIEWER_HEARTBEAT_SECONDS - time.monotonic()
        if left <= 0:
            self._wake.set()
            left = settings.VIEWER_HEARTBEAT_SECONDS
        self._clock = loop.call_later(left, self._watch_silence)

    def _is_silent(self) -> bool:
        return time.monotonic() - self._spoke >= settings.VIEWER_HEARTBEAT_SECONDS

    def _heartbeat(self) -> Frame:
        return self._frame({"type": "heartbeat"})

    def _hint(self, payload: str) -> Frame:
        known = orjson.loads(payload) if payload else {"type": "conversation.changed", "conversation": ""}
        return self._frame(known)

    def _frame(self, event: dict[str, Any]) -> Frame:
        return Frame(event["type"], self._cursor, dump({**event, "cursor": self._cursor}))


def _wait_of_address(host: str) -> int:
    """Nobody has one who comes over a Unix socket from a proxy that does not say for whom."""
    address = network_of(host)
    return (
        0
        if address is None or address in OWN
        else rates.wait_of("ADDRESS_STREAMS_PER_MINUTE", address, here=True)
    )


def frames_of(epoch: str, entries: Iterable[Entry]) -> Iterator[Frame]:
    """A frame an entry, save that text of one turn that waits together travels together."""
    waiting: list[Entry] = []
    size = 0
    for entry in entries:
        is_text = entry.payload.startswith(_DELTA)
        if not is_text or size + len(entry.payload) > FRAME_BYTES:
            yield from _merged(epoch, waiting)
            waiting, size = [], 0
        if is_text:
            waiting.append(entry)
            size += len(entry.payload)
        else:
            yield _as_it_is(epoch, entry)
    yield from _merged(epoch, waiting)


def _merged(epoch: str, entries: list[Entry]) -> Iterator[Frame]:
    if len(entries) == 1:
        yield _as_it_is(epoch, entries[0])
        return
    run: dict[str, Any] | None = None
    texts: list[str] = []
    last = 0
    for entry in entries:
        event = orjson.loads(entry.payload)
        if run is not None and not _continues(event, run):
            yield _joined(epoch, last, run, texts)
            run, texts = None, []
        run, last = run or event, entry.offset
        texts.append(event[MERGED[event["type"]]])
    if run is not None:
        yield _joined(epoch, last, run, texts)


def _continues(event: dict[str, Any], run: dict[str, Any]) -> bool:
    """Whether it adds to the same text, or to the arguments of the same call; one that names its call begins another."""
    same = all(event.get(name) == run.get(name) for name in ("type", "turn", "call"))
    return same and not event.get("name")


def _joined(epoch: str, offset: int, event: dict[str, Any], texts: list[str]) -> Frame:
    cursor = f"{epoch}:{offset}"
    whole = {MERGED[event["type"]]: "".join(texts)}
    return Frame(event["type"], cursor, dump({**event, **whole, "cursor": cursor}))


def _as_it_is(epoch: str, entry: Entry) -> Frame:
    """The stored JSON object with the cursor put in at its end."""
    cursor = f"{epoch}:{entry.offset}"
    kind = entry.payload[9 : entry.payload.index('"', 9)]
    return Frame(kind, cursor, f'{entry.payload[:-1]},"cursor":"{cursor}"}}')
