"""The turns that this process has taken on: as many at a time as it may."""

import asyncio
import logging
import uuid
from contextvars import Context

from django.conf import settings
from django.db import DatabaseError

from chat import live
from chat.models import Turn, line

from .database import in_database
from .runner import run

log = logging.getLogger(__name__)


class Crew:
    """Lives in the serving loop."""

    def __init__(self) -> None:
        self._taken: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._left = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._look_again = False
        self._is_closed = False
        self._told: dict[uuid.UUID, int] = {}

    @property
    def room(self) -> int:
        return 0 if self._is_closed else max(0, settings.WORKER_TURNS - len(self._taken))

    @property
    def is_idle(self) -> bool:
        return not self._taken

    async def has_room(self) -> None:
        """Returns once there is."""
        while not self.room:
            self._left.clear()
            await self._left.wait()

    def take(self, turn: uuid.UUID) -> None:
        """Where there is no room the turn stays in the line, for whoever has some."""
        if self.room and turn not in self._taken:
            loop = asyncio.get_running_loop()
            # A context of its own: it may be a request that asks.
            self._taken[turn] = loop.create_task(self._run(turn), context=Context())

    async def _run(self, turn: uuid.UUID) -> None:
        try:
            await run(turn)
        except Exception as error:
            # Where it has not begun it is found again, in its own time.
            is_known = isinstance(error, live.JournalError | DatabaseError)
            log.error("turn %s was not run: %r", turn, error, exc_info=not is_known)
        else:
            # There is a place now, or one more who waits for it.
            self._look_soon()
        finally:
            del self._taken[turn]
            self._left.set()

    def _look_soon(self) -> None:
        """Whoever asks for it while it is under way has it done once more."""
        self._look_again = True
        if not self._is_closed and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self._look(), context=Context())

    async def _look(self) -> None:
        while self._look_again:
            self._look_again = False
            try:
                await self.tend()
            except Exception as error:
                log.error("who is next cannot be found out: %r", error)

    async def tend(self, grace_seconds: float = line.GRACE_SECONDS) -> None:
        """Take on what is due as far as there is room, and tell the others how many are before them."""
        due, places = await in_database(line.survey, grace_seconds)
        for turn in due:
            self.take(turn)
        news = {turn: place for turn, place in places.items() if self._told.get(turn) != place}
        for waiting in await in_database(_waiting, list(news)) if news else ():
            topic, event, fence = live.waiting(waiting, news[waiting.pk])
            live.publish(topic, [event], fence)
        self._told = places

    def close(self) -> None:
        """Take on nothing more."""
        self._is_closed = True


def _waiting(turns: list[uuid.UUID]) -> list[Turn]:
    found = Turn.objects.filter(pk__in=turns, status=Turn.Status.QUEUED).select_related("message")
    return list(found)


crew = Crew()
