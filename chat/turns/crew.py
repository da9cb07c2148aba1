"""The turns that this process has taken on: as many at a time as it may."""

import asyncio
import logging
import uuid
from contextvars import Context

from django.conf import settings

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
        self._filling: asyncio.Task[None] | None = None
        self._fill_again = False
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
        has_begun = True
        try:
            has_begun = await run(turn)
        except Exception:
            log.exception("turn %s was not run to its end", turn)
        finally:
            del self._taken[turn]
            self._left.set()
        if has_begun:
            self.fill_soon()

    def fill_soon(self) -> None:
        """Whoever asks for it while it is under way has it done once more."""
        self._fill_again = True
        if not self._is_closed and (self._filling is None or self._filling.done()):
            self._filling = asyncio.get_running_loop().create_task(self._fill(), context=Context())

    async def _fill(self) -> None:
        while self._fill_again:
            self._fill_again = False
            try:
                await self.fill()
            except Exception as error:
                log.error("who is next cannot be found out: %r", error)

    async def fill(self, grace_seconds: float = line.GRACE_SECONDS) -> None:
        """Take on what is due, as far as there is room."""
        if self.room:
            for turn in await in_database(line.due, grace_seconds, self.room + len(self._taken)):
                self.take(turn)

    async def tend(self) -> None:
        """Now and then: what nobody has begun is begun, and whoever waits is told how many are before them."""
        await self.fill()
        places = await in_database(line.places)
        news = [each for each in places.items() if each not in self._told.items()]
        for turn in await in_database(_waiting, [turn for turn, _ in news]):
            topic, event, fence = live.waiting(turn, places[turn.pk])
            live.publish(topic, [event], fence)
        self._told = places

    def close(self) -> None:
        """Take on nothing more."""
        self._is_closed = True


def _waiting(turns: list[uuid.UUID]) -> list[Turn]:
    found = Turn.objects.filter(pk__in=turns, status=Turn.Status.QUEUED).select_related("message")
    return list(found) if turns else []


crew = Crew()
