"""The journal in Redis: one Lua call a topic, all of a batch in one pipeline, and what others write comes by publication.

An epoch ends with the Redis that began it. After a restart or a failover the end of a log may be missing, and what is
written next would take the place of what some viewer has already seen: so the first entry after it begins a new epoch,
and whoever follows loads afresh.
"""

import asyncio
import contextvars
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ResponseError

from . import lua
from .base import Journal
from .followers import PAGE_BYTES, PAGE_ENTRIES
from .line import Command, Line
from .news import News
from .records import Append, BegunAnew, Cursor, Entry, Gap, JournalError, StaleFence

WRITE_SECONDS = 5.0
READ_SECONDS = 2.0
# Beyond this, followers elsewhere are told where to read rather than what is there.
PUBLISHED_BYTES = 64 * 1024
EPOCHS_CACHED = 20_000
# How long a head outlives its log, and a fence its turn.
KEPT_SECONDS = 24 * 3600
AT_ONCE = 200
# Stands for that of the Redis which is asked.
HISTORY = "its history"
SCRIPTS = (lua.APPEND, lua.POSITION, lua.READ, lua.RENEW, lua.TRIM, lua.FORGET)
SHA = {script: hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest() for script in SCRIPTS}


@dataclass(slots=True)
class _Lines:
    """What a loop has of connections: appends have one of their own, so that they wait for no reader."""

    write: Line
    read: Line
    keeper: "asyncio.Task[None]"


class RedisJournal(Journal):
    """`prefix` is before each key, so that several sites may share a Redis."""

    def __init__(self, url: str, prefix: str = "rivulet:") -> None:
        super().__init__()
        self._pool = ConnectionPool.from_url(
            url, decode_responses=True, protocol=2, socket_timeout=None, socket_connect_timeout=READ_SECONDS
        )
        self._prefix = prefix
        self._all = self._keys("logs", "heads", "fences", "fence-times")
        self._name = secrets.token_hex(4)
        self._epochs: dict[str, str] = {}
        self._lines: dict[asyncio.AbstractEventLoop, _Lines] = {}
        # Publication knows no databases, other than keys.
        database = self._pool.connection_kwargs.get("db", 0)
        self._news = News(self._connect, f"{prefix}{database}:news:", self._name, self._followers)

    # --- what a backend supplies ---

    async def write(self, batch: list[Append]) -> None:
        waiting: dict[str, list[Append]] = {}
        for append in batch:
            waiting.setdefault(append.topic, []).append(append)
        while waiting:
            answers = await self._line.write.call(partial(self._appends, waiting))
            left = {}
            for (topic, appends), answer in zip(waiting.items(), answers, strict=True):
                if rest := self._judge(topic, appends, answer):
                    left[topic] = rest
            waiting = left

    async def position(self, topic: str) -> Cursor:
        keys = self._keys("head", "log", topic=topic) + self._keys("logs", "heads")
        return self._at(topic, await self._ask(lua.POSITION, keys, _new_epoch(), HISTORY, topic, time.time()))

    async def read(self, topic: str, after: Cursor) -> list[Entry]:
        return await self._entries(topic, after.epoch, after.offset)

    async def remains(self, topic: str, after: int) -> list[Entry]:
        return await self._entries(topic, "", after)

    async def _entries(self, topic: str, epoch: str, after: int) -> list[Entry]:
        keys = self._keys("head", "log", topic=topic)
        payloads = await self._ask(lua.READ, keys, epoch, after, HISTORY, PAGE_ENTRIES, PAGE_BYTES)
        if payloads is None:
            raise Gap
        return [Entry(offset, payload) for offset, payload in enumerate(payloads, after + 1)]

    async def trim(self, idle_seconds: float, keep: Sequence[str]) -> list[str]:
        kept, now = set(keep), time.time()
        idle = [topic for topic in await self._since("logs", now - idle_seconds) if topic not in kept]
        trimmed: list[str] = []
        for some in _chunks(idle, AT_ONCE):
            calls = [self._trim(topic, now - idle_seconds) for topic in some]
            answers = await self._read(calls)
            trimmed += [topic for topic, was_idle in zip(some, answers, strict=True) if was_idle]
        await self._forget_old(now - KEPT_SECONDS)
        return trimmed

    async def drop(self, topic: str, writers: Sequence[str]) -> None:
        commands: list[Command] = [
            ("DEL", *self._keys("head", "log", topic=topic)),
            *(("ZREM", key, topic) for key in self._keys("logs", "heads")),
        ]
        if writers:
            fences, times = self._keys("fences", "fence-times")
            commands += [("HDEL", fences, *writers), ("ZREM", times, *writers)]
        await self._read(commands)
        self._epochs.pop(topic, None)

    async def renew(self, topic: str) -> Cursor:
        keys = self._keys("head", "log", topic=topic) + self._keys("heads")
        told = (self._name, self._news.channel(topic))
        return self._at(topic, await self._ask(lua.RENEW, keys, _new_epoch(), topic, time.time(), *told))

    async def watch(self) -> None:
        await self._news.hear()

    def followed(self) -> None:
        self._news.topics_changed()

    # --- appends ---

    def _appends(self, waiting: dict[str, list[Append]], history: str) -> list[Command]:
        about = (_new_epoch(), history, self._name)
        return [self._append(topic, appends, about) for topic, appends in waiting.items()]

    def _append(self, topic: str, appends: list[Append], about: tuple[str, str, str]) -> Command:
        keys = (*self._keys("head", "log", topic=topic), *self._all)
        known = self._epochs.get(topic, "")
        told: list[str | float] = [
            known,
            *about,
            self._news.channel(topic),
            topic,
            time.time(),
            PUBLISHED_BYTES,
        ]
        for append in appends:
            fence = append.fence
            writer = (fence.key, fence.token, append.first_seq, fence.seq) if fence else ("", 0, 0, 0)
            told += [*writer, append.epoch, len(append.payloads), *append.payloads]
        return _call(lua.APPEND, keys, *told)

    def _judge(self, topic: str, appends: list[Append], answer: Any) -> list[Append]:
        """Set the outcomes; those that are to be sent once more."""
        if isinstance(answer, ResponseError):
            for append in appends:
                append.outcome = JournalError(f"Redis does not take {topic}: {answer}")
            return []
        epoch, *counts = answer
        self._remember(topic, epoch)
        if not counts:
            return appends
        end = counts.pop(0)
        for append, count in zip(appends, counts, strict=False):
            if isinstance(count, str):
                # Of what it says a part is there already.
                append.judge(append.fence.token if append.fence else 0, int(count), Cursor(epoch, end))
            elif count == -1:
                append.outcome = StaleFence(f"{append.fence and append.fence.key} has a newer writer.")
            elif count == -3:
                append.outcome = BegunAnew(topic)
            elif count == -2:
                append.outcome, append.first = Cursor(epoch, end), 0
            else:
                append.first = end + 1
                end += count
                append.outcome = Cursor(epoch, end)
        return [append for append in appends if append.outcome is None]

    # --- the log of one topic, and of all ---

    def _at(self, topic: str, answer: list[str]) -> Cursor:
        self._remember(topic, answer[0])
        return Cursor(answer[0], int(answer[1]))

    def _remember(self, topic: str, epoch: str) -> None:
        if len(self._epochs) >= EPOCHS_CACHED:
            self._epochs.clear()
        self._epochs[topic] = epoch

    def _trim(self, topic: str, since: float) -> Command:
        keys = self._keys("head", "log", topic=topic) + self._keys("logs", "heads")
        return _call(lua.TRIM, keys, topic, since)

    async def _forget_old(self, since: float) -> None:
        logs, heads, fences, times = self._keys("logs", "heads", "fences", "fence-times")
        for some in _chunks(await self._since("heads", since), AT_ONCE):
            calls = [
                _call(lua.FORGET, [*self._keys("head", topic=topic), logs, heads], topic) for topic in some
            ]
            await self._read(calls)
        for some in _chunks(await self._since("fence-times", since), AT_ONCE):
            await self._read([("HDEL", fences, *some), ("ZREM", times, *some)])

    async def _since(self, name: str, since: float) -> list[str]:
        (key,) = self._keys(name)
        (found,) = await self._read([("ZRANGEBYSCORE", key, "-inf", since)])
        return list(found)

    def _keys(self, *names: str, topic: str = "") -> list[str]:
        return [f"{self._prefix}{name}:{topic}" if topic else f"{self._prefix}{name}" for name in names]

    async def _ask(self, script: str, keys: Sequence[str], *told: str | float) -> Any:
        (answer,) = await self._read([_call(script, keys, *told)])
        return answer

    async def _read(self, commands: Sequence[Command]) -> list[Any]:
        answers = await self._line.read.call(partial(_of, commands))
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise JournalError(f"Redis refuses: {answer}")
        return answers

    # --- connections ---

    @property
    def _line(self) -> _Lines:
        loop = asyncio.get_running_loop()
        if loop not in self._lines:
            write = Line(self._connect, SCRIPTS, WRITE_SECONDS, patient=True)
            read = Line(self._connect, SCRIPTS, READ_SECONDS)
            keeper = loop.create_task(self._keep(write, read), context=contextvars.Context())
            self._lines[loop] = _Lines(write, read, keeper)
        return self._lines[loop]

    async def _keep(self, *lines: Line) -> None:
        """A loop that ends, ends its tasks first, and with this one its connections."""
        try:
            await asyncio.Event().wait()
        finally:
            del self._lines[asyncio.get_running_loop()]
            for line in lines:
                await line.close()

    async def _connect(self) -> AbstractConnection:
        connection: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return connection


def _of(commands: Sequence[Command], history: str) -> Sequence[Command]:
    return [[history if part is HISTORY else part for part in command] for command in commands]


def _call(script: str, keys: Sequence[str], *told: str | float) -> Command:
    return ("EVALSHA", SHA[script], len(keys), *keys, *told)


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _new_epoch() -> str:
    return secrets.token_hex(4)
