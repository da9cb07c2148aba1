"""The journal in the database: three tables, one transaction a batch for all topics.

A head moves on by compare-and-swap, so that several processes may write: whoever lost a race reads the heads again and
repeats its batch. A fence that is stale, or an append that is there already, shows in the count of changed rows.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

from django.db import Error, close_old_connections, connection, transaction

from .base import Journal
from .followers import PAGE_BYTES, PAGE_ENTRIES
from .records import Append, Cursor, Entry, Gap, JournalError

T = TypeVar("T")
HEADS_CACHED = 20_000
FEW_ENTRIES = 8
# How often a batch is tried that others are in the way of.
TRIES = 100
FENCES_KEPT_SECONDS = 24 * 3600

RAISE_FENCE = """
    INSERT INTO chat_journal_fence (key, token, seq, touched) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET token = excluded.token, seq = excluded.seq, touched = excluded.touched
    WHERE excluded.token > chat_journal_fence.token
    OR (excluded.token = chat_journal_fence.token AND %s > chat_journal_fence.seq)
"""
MOVE_HEAD = """
    UPDATE chat_journal_topic SET "offset" = %s, touched = %s WHERE topic = %s AND epoch = %s AND "offset" = %s
"""
ADD_ENTRY = 'INSERT INTO chat_journal_entry (topic, "offset", payload, created) VALUES (%s, %s, %s, %s)'
ADD_HEAD = """
    INSERT INTO chat_journal_topic (topic, epoch, "offset", floor, touched) VALUES (%s, %s, 0, 0, %s)
    ON CONFLICT (topic) DO NOTHING
"""
# The head comes with every row, and alone where nothing follows the cursor.
READ = """
    SELECT t.epoch, t."offset", t.floor, e."offset", e.payload FROM chat_journal_topic t
    LEFT JOIN chat_journal_entry e ON e.topic = t.topic AND e."offset" > %s AND t.epoch = %s
    WHERE t.topic = %s ORDER BY e."offset" LIMIT %s
"""
REMAINS = """
    SELECT "offset", payload FROM chat_journal_entry WHERE topic = %s AND "offset" > %s ORDER BY "offset" LIMIT %s
"""


class _Outpaced(Exception):
    """Another process has moved a head or a fence since we looked."""


class DatabaseJournal(Journal):
    def __init__(self) -> None:
        super().__init__()
        self._heads: dict[str, Cursor] = {}
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="journal-write")
        self._read_threads = ThreadPoolExecutor(2, thread_name_prefix="journal-read")

    async def write(self, batch: list[Append]) -> None:
        await self._run(self._write_thread, self._write, batch)

    async def position(self, topic: str) -> Cursor:
        return await self._run(self._read_threads, self._position, topic)

    async def read(self, topic: str, after: Cursor) -> list[Entry]:
        return await self._run(self._read_threads, self._read, topic, after)

    async def remains(self, topic: str, after: int) -> list[Entry]:
        return await self._run(self._read_threads, self._remains, topic, after)

    async def trim(self, idle_seconds: float, keep: Sequence[str]) -> list[str]:
        return await self._run(self._read_threads, self._trim, idle_seconds, set(keep))

    async def drop(self, topic: str, writers: Sequence[str]) -> None:
        await self._run(self._write_thread, self._drop, topic, writers)

    async def renew(self, topic: str) -> Cursor:
        return await self._run(self._write_thread, self._renew, topic)

    async def changed(self, topics: Sequence[str]) -> dict[str, Cursor]:
        ends = await self._run(self._read_threads, self._ends, topics)
        return {topic: end for topic, end in ends.items() if self._is_news(topic, end)}

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, _guarded, work, *args)

    # --- in the writing thread ---

    def _write(self, batch: list[Append]) -> None:
        topics = {append.topic for append in batch}
        self._find_heads(topics - self._heads.keys())
        for _ in range(TRIES):
            for append in batch:
                append.judge_epoch(self._heads[append.topic].epoch)
            try:
                self._try(batch)
                return
            except _Outpaced:
                self._find_heads(topics)
                self._judge_fences(batch)
            except Error:
                # Whether the batch was kept is not known.
                for topic in topics:
                    self._heads.pop(topic, None)
                raise
        raise JournalError("Others write to the same topics all the time.")

    def _try(self, batch: list[Append]) -> None:
        """The whole batch in one transaction; nothing of it where a head or a fence is not as we thought."""
        now = time.time()
        open_appends = [append for append in batch if append.outcome is None]
        heads = {append.topic: self._heads[append.topic] for append in open_appends}
        before = dict(heads)
        rows = []
        for append in open_appends:
            head = heads[append.topic]
            append.first = head.offset + 1
            rows += [(append.topic, append.first + i, text, now) for i, text in enumerate(append.payloads)]
            heads[append.topic] = Cursor(head.epoch, head.offset + len(append.payloads))
        # Each row is locked in turn: two processes that began at different ends would wait for each other.
        fences = sorted(
            (a.fence.key, a.fence.token, a.fence.seq, now, a.first_seq) for a in open_appends if a.fence
        )
        moves = [
            (head.offset, now, topic, head.epoch, before[topic].offset)
            for topic, head in sorted(heads.items())
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            _all_or_none(cursor, RAISE_FENCE, fences)
            _all_or_none(cursor, MOVE_HEAD, moves)
            if rows:
                cursor.executemany(ADD_ENTRY, rows)
        self._heads.update(heads)
        for append in open_appends:
            head = heads[append.topic]
            append.outcome = Cursor(head.epoch, append.first + len(append.payloads) - 1)

    def _judge_fences(self, batch: list[Append]) -> None:
        """Settle the appends that must not be written: of a writer that lost its place, or there already."""
        for append in batch:
            if not append.fence:
                continue
            with connection.cursor() as cursor:
                cursor.execute("SELECT token, seq FROM chat_journal_fence WHERE key = %s", [append.fence.key])
                row = cursor.fetchone()
            if row:
                append.judge(row[0], row[1], self._heads[append.topic])

    def _find_heads(self, topics: set[str]) -> None:
        if len(self._heads) > HEADS_CACHED:
            self._heads.clear()
        if topics:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(ADD_HEAD, [(topic, _new_epoch(), time.time()) for topic in sorted(topics)])
            self._heads.update(self._ends(list(topics)))

    def _renew(self, topic: str) -> Cursor:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ADD_HEAD, [topic, _new_epoch(), time.time()])
            cursor.execute(
                'UPDATE chat_journal_topic SET epoch = %s, floor = "offset" WHERE topic = %s',
                [_new_epoch(), topic],
            )
        self._heads.update(self._ends([topic]))
        return self._heads[topic]

    def _drop(self, topic: str, writers: Sequence[str]) -> None:
        self._heads.pop(topic, None)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM chat_journal_entry WHERE topic = %s", [topic])
            cursor.execute("DELETE FROM chat_journal_topic WHERE topic = %s", [topic])
            keys = [(writer,) for writer in writers]
            cursor.executemany("DELETE FROM chat_journal_fence WHERE key = %s", keys)

    # --- in a reading thread ---

    def _is_news(self, topic: str, end: Cursor) -> bool:
        known = self._heads.get(topic)
        return known is None or end.epoch != known.epoch or end.offset > known.offset

    def _position(self, topic: str) -> Cursor:
        ends = self._ends([topic])
        if not ends:
            with connection.cursor() as cursor:
                cursor.execute(ADD_HEAD, [topic, _new_epoch(), time.time()])
            ends = self._ends([topic])
        return ends[topic]

    def _ends(self, topics: Sequence[str]) -> dict[str, Cursor]:
        found: dict[str, Cursor] = {}
        with connection.cursor() as cursor:
            for some in _chunks(topics, 500):
                marks = ", ".join(["%s"] * len(some))
                cursor.execute(
                    f'SELECT topic, epoch, "offset" FROM chat_journal_topic WHERE topic IN ({marks})',  # noqa: S608
                    some,
                )
                found.update({topic: Cursor(epoch, offset) for topic, epoch, offset in cursor.fetchall()})
        return found

    def _read(self, topic: str, after: Cursor) -> list[Entry]:
        """A page. Most who read are a few entries behind. As many entries as there may be, as large as they may be, would
        be half a gigabyte: so first a few are asked for, and more where those were small."""
        entries: list[Entry] = []
        size, rows = 0, FEW_ENTRIES
        with connection.cursor() as cursor:
            while size < PAGE_BYTES and len(entries) < PAGE_ENTRIES:
                place = entries[-1].offset if entries else after.offset
                some = self._some(cursor, after, topic, place, rows)
                for entry in some:
                    if size < PAGE_BYTES:
                        entries.append(entry)
                        size += len(entry.payload)
                if len(some) < rows:
                    break
                rows = max(
                    1, min(PAGE_ENTRIES - len(entries), (PAGE_BYTES - size) * len(entries) // max(size, 1))
                )
        return entries

    def _remains(self, topic: str, after: int) -> list[Entry]:
        with connection.cursor() as cursor:
            cursor.execute(REMAINS, [topic, after, PAGE_ENTRIES])
            entries = [Entry(offset, payload) for offset, payload in cursor.fetchall()]
        if any(entry.offset != after + 1 + i for i, entry in enumerate(entries)):
            raise Gap
        return entries

    def _some(self, cursor: Any, after: Cursor, topic: str, place: int, most: int) -> list[Entry]:
        cursor.execute(READ, [place, after.epoch, topic, most])
        rows = cursor.fetchall()
        if not rows:
            raise Gap
        epoch, end, floor = rows[0][:3]
        if epoch != after.epoch or not floor <= after.offset <= end:
            raise Gap
        return [Entry(offset, payload) for *_, offset, payload in rows if offset is not None]

    def _trim(self, idle_seconds: float, keep: set[str]) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                'SELECT topic, "offset" FROM chat_journal_topic WHERE touched <= %s AND floor < "offset"',
                [time.time() - idle_seconds],
            )
            idle = sorted((topic, offset) for topic, offset in cursor.fetchall() if topic not in keep)
        for some in _chunks(idle, 200):
            with transaction.atomic(), connection.cursor() as cursor:
                # Up to the end that was seen to be idle: what has come since stays.
                floors = [(offset, topic, offset) for topic, offset in some]
                cursor.executemany(
                    "UPDATE chat_journal_topic SET floor = %s WHERE topic = %s AND floor < %s", floors
                )
                cursor.executemany('DELETE FROM chat_journal_entry WHERE topic = %s AND "offset" <= %s', some)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM chat_journal_fence WHERE touched < %s", [time.time() - FENCES_KEPT_SECONDS]
            )
        return [topic for topic, _ in idle]


def _guarded(work: Callable[..., T], *args: Any) -> T:
    """Work on this thread's own connection, which is given up after a fault."""
    try:
        return work(*args)
    except Error as error:
        connection.close()
        raise JournalError(f"The journal's database failed: {error}") from error
    finally:
        if connection.vendor != "sqlite":
            close_old_connections()


def _all_or_none(cursor: Any, statement: str, rows: list[Any]) -> None:
    if rows:
        cursor.executemany(statement, rows)
        if cursor.rowcount != len(rows):
            raise _Outpaced


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _new_epoch() -> str:
    return secrets.token_hex(4)
