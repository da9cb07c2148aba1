"""The way of a turn from whoever asked for it to whoever runs it: a taskiq broker, in this process by default."""

import asyncio
import contextvars
import uuid

from django.conf import settings
from taskiq import InMemoryBroker

from chat import live

broker = InMemoryBroker(max_async_tasks=settings.QUEUE["TURNS_AT_ONCE"])
# Turns that were handed over here and have not ended: there is no need to hand them over again.
under_way: set[uuid.UUID] = set()


@broker.task
async def run_turn(turn: str) -> None:
    from .runner import run

    pk = uuid.UUID(turn)
    try:
        await run(pk)
    finally:
        under_way.discard(pk)


def kick(turn: uuid.UUID) -> None:
    """From any thread. Where this process does not serve, the recovery of one that does will find the turn."""
    loop = live.loop()
    if loop is None:
        return
    # The broker makes a task at once, which must not inherit the executor of the request that asks for it.
    contextvars.Context().run(asyncio.run_coroutine_threadsafe, kick_here(turn), loop)


async def kick_here(turn: uuid.UUID) -> None:
    if turn not in under_way:
        under_way.add(turn)
        await run_turn.kiq(str(turn))
