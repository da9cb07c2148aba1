"""What a process does in the background. One that serves rechecks its viewers; one that runs turns looks after the line, the
journal and the index; every one recovers turns and tends SQLite. Without REDIS_URL one process does all of it. Several
may do the same at once.

It starts with the first thing that the process is asked for, or at once under `manage.py serve` and `worker`.
"""

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.utils import timezone

from . import gauges, live, turns
from .access import access
from .journal import JournalError
from .lending import replace_lost
from .models import Conversation, Trace, Turn, catching_up
from .models.conversations import topic_of
from .models.files import sweep_lost, sweep_unsent
from .telemetry import metrics, spans
from .turns import titles, tracing
from .turns.crew import crew
from .turns.database import in_database
from .turns.leases import leases
from .turns.recovery import recover
from .viewers import RESTARTING

log = logging.getLogger(__name__)
RECOVER_SECONDS = 2.0
LINE_SECONDS = 1.0
TRIM_SECONDS = 60.0
SWEEP_SECONDS = 30.0
SESSIONS_SECONDS = 3600.0
TRACES_SECONDS = 3600.0
INDEX_SECONDS = 5.0
LOOK_SECONDS = 24 * 3600.0
LOOK_PAUSE_SECONDS = 0.1
UNSENT_SECONDS = 3600.0
LOST_SECONDS = 24 * 3600.0
CHECKPOINT_SECONDS = 0.5
POOL_SECONDS = 0.5
LAG_SECONDS = 0.1
AFTER_SECONDS = 0.5
DRAIN_SECONDS = 0.8
COLLECT_AFTER = (10_000, 10, 10)
Work = Callable[[], Awaitable[None]]


class Runtime:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, serves: bool = True, runs: bool | None = None) -> None:
        """From the serving loop. Again is harmless. Who serves runs turns as well, unless there are workers for it."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        live.attach(loop)
        gauges.install()
        _spare_what_stays()
        runs = not settings.REDIS_URL if runs is None else runs
        # What lies about now was left by a process that is gone: no need for grace.
        self._begin(recover(grace_seconds=0))
        if runs:
            self._begin(crew.tend(grace_seconds=0))
            if settings.REDIS_URL:
                leases.listen()
        for work, seconds in _work(serves, runs):
            self._begin(_repeat(work, seconds))
        self._begin(_watch_lag())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        # A context of its own: it may be a request that starts us.
        self._tasks.add(asyncio.get_running_loop().create_task(work, context=Context()))

    async def drain_turns(self, seconds: float) -> None:
        """Before a worker ends: nothing is begun any more, and what runs has so long to come to its end. What is left by then
        begins again elsewhere, or ends with its text kept where somebody has seen some of it."""
        for task in self._tasks:
            task.cancel()
        crew.close()
        deadline = time.monotonic() + seconds
        while not crew.is_idle:
            if time.monotonic() >= deadline:
                for run in leases.runs():
                    run.hand_over()
            await asyncio.sleep(0.02)
        if after := titles.under_way() | tracing.under_way():
            await asyncio.wait(after, timeout=max(deadline - time.monotonic(), AFTER_SECONDS))

    async def drain(self) -> None:
        """Before the process ends: viewers are sent elsewhere, and running turns end with their text kept."""
        for task in self._tasks:
            task.cancel()
        crew.close()
        for run in leases.runs():
            run.interrupt()
        access.end(RESTARTING)
        deadline = time.monotonic() + DRAIN_SECONDS
        # Two rooms to wait for, once, at the very end: not worth an event.
        while (leases.runs() or access.viewers()) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.to_thread(spans.flush)


def _spare_what_stays() -> None:
    """The collector need not look through modules again and again: a pause of 100 ms each time, for everybody. And the young
    are given more time to go by themselves."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _work(serves: bool, runs: bool) -> list[tuple[Work, float]]:
    work: list[tuple[Work, float]] = [(recover, RECOVER_SECONDS)]
    if connection.vendor == "sqlite":
        work.append((checkpoint_sqlite, CHECKPOINT_SECONDS))
    else:
        work.append((partial(in_database, replace_lost), POOL_SECONDS))
    if serves:
        work += [
            (access.recheck, settings.VIEWER_CHECK_SECONDS),
            (sweep_temporary, min(SWEEP_SECONDS, settings.TEMPORARY_KEEP_SECONDS / 4)),
        ]
    if runs:
        work += [
            (crew.tend, LINE_SECONDS),
            (trim, TRIM_SECONDS),
            (clear_sessions, SESSIONS_SECONDS),
            (sweep_traces, TRACES_SECONDS),
            (index, INDEX_SECONDS),
            (look_through, LOOK_SECONDS),
            (partial(in_database, sweep_unsent), UNSENT_SECONDS),
            (partial(in_database, sweep_lost), LOST_SECONDS),
        ]
    return work


async def trim() -> None:
    """Drop the log of conversations in which nothing has happened for a while and nothing is under way."""
    trimmed = await live.trim(settings.JOURNAL_KEEP_SECONDS, await in_database(_active_topics))
    # Left by a process that ended between the deletion of a conversation and that of its log.
    for topic in await in_database(_without_conversation, trimmed):
        await live.drop(topic)


def _active_topics() -> list[str]:
    active = Turn.objects.active().order_by().values_list("message__conversation_id", flat=True)
    return [topic_of(pk) for pk in active]


def _without_conversation(topics: list[str]) -> list[str]:
    prefix = topic_of("")
    ids = [uuid.UUID(topic.removeprefix(prefix)) for topic in topics if topic.startswith(prefix)]
    there = Conversation.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return [topic_of(pk) for pk in set(ids).difference(there)]


async def sweep_temporary() -> None:
    """Temporary chats that nobody has had open for a while are gone; those that somebody has open are marked as such."""
    watched = {open_one for viewer in access.viewers() if (open_one := viewer.claim.conversation)}
    await in_database(_sweep_temporary, watched)


def _sweep_temporary(watched: set[uuid.UUID]) -> None:
    temporary = Conversation.objects.filter(temporary=True)
    if open_here := watched.intersection(temporary.values_list("pk", flat=True)):
        temporary.filter(pk__in=open_here).update(updated=timezone.now())
    long_ago = timezone.now() - timedelta(seconds=settings.TEMPORARY_KEEP_SECONDS)
    turns.forget_temporary(temporary.filter(updated__lt=long_ago))


async def clear_sessions() -> None:
    await in_database(SessionStore.clear_expired)


async def sweep_traces() -> None:
    await in_database(Trace.objects.sweep)


async def index() -> None:
    """Make searchable what came in by the hundred, a few texts at a time."""
    while await in_database(catching_up.take_waiting):
        pass


async def look_through() -> None:
    """Make searchable what nobody told us of. It takes its time: there are a million texts to look at."""
    for look in (catching_up.look_at_titles, catching_up.look_at_messages):
        last = await in_database(look)
        while last is not None:
            await asyncio.sleep(LOOK_PAUSE_SECONDS)
            last = await in_database(look, last)


async def checkpoint_sqlite() -> None:
    """Writers make no checkpoints (see settings), so that none of them stalls on one."""
    await in_database(_checkpoint_sqlite)


def _checkpoint_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


async def _repeat(work: Work, seconds: float) -> None:
    while True:
        try:
            await work()
        except (DatabaseError, JournalError) as error:
            log.error("%s: %r", getattr(work, "__qualname__", work), error)
        except Exception:
            log.exception("background work failed")
        await asyncio.sleep(seconds)


async def _watch_lag() -> None:
    """Something that holds up the loop holds up everybody: say so."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(LAG_SECONDS)
        lag = time.monotonic() - before - LAG_SECONDS
        metrics.loop_lag.observe(lag)
        if lag > LAG_SECONDS:
            log.warning("the event loop was held up for %.0f ms", lag * 1000)


runtime = Runtime()


class Started:
    """An ASGI application that starts the background of its process with the first thing it is asked for."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        runtime.start()
        await self._application(scope, receive, send)
