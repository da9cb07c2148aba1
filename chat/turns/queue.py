"""The way of a turn from whoever asked for it to whoever runs it: a taskiq broker, in this process or on Redis.

The rows of turns that wait are the queue. What goes through the broker only says that there is one more, so that a message
that is lost costs a moment, and one that comes twice costs a look.
"""

import asyncio
import contextvars
import logging
import uuid

from django.conf import settings
from taskiq import AsyncBroker, InMemoryBroker

from chat import live

log = logging.getLogger(__name__)
# How long handing over may take. Whoever asked does not wait for it, and runners look for themselves.
KICK_SECONDS = 5


def _broker() -> AsyncBroker:
    if not settings.REDIS_URL:
        return InMemoryBroker(max_async_tasks=settings.WORKER_TURNS)
    # Imported late: one process alone has no use for it.
    from .stream import TurnStream

    return TurnStream(settings.REDIS_URL, f"{settings.REDIS_PREFIX}queue")


broker = _broker()


@broker.task
async def run_turn(turn: str) -> None:
    from .crew import crew

    crew.take(uuid.UUID(turn))


def kick(turn: uuid.UUID) -> None:
    """From any thread. Where this process does not serve, the crew of one that does will find the turn."""
    loop = live.loop()
    if loop is None:
        return
    # The broker makes a task at once, which must not inherit the executor of the request that asks for it.
    contextvars.Context().run(asyncio.run_coroutine_threadsafe, kick_here(turn), loop)


async def kick_here(turn: uuid.UUID) -> None:
    try:
        async with asyncio.timeout(KICK_SECONDS):
            await run_turn.kiq(str(turn))
    except Exception as error:
        log.warning("turn %s waits to be found: the broker cannot be reached: %r", turn, error)
