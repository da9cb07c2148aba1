"""One beat for all who rest: those who wake together share a timer, and what they do next meets in one transaction and
one turn of the loop."""

import asyncio
import math

SECONDS = 0.025


class Beat:
    """Lives in the serving loop, as those do who rest."""

    def __init__(self) -> None:
        self._strikes: dict[int, asyncio.Event] = {}

    async def rest(self, seconds: float) -> None:
        """Until the beat that is nearest to so much later, and is yet to come."""
        await self._strike(seconds).wait()

    def _strike(self, seconds: float) -> asyncio.Event:
        loop = asyncio.get_running_loop()
        now = loop.time() / SECONDS
        number = max(round(now + seconds / SECONDS), math.floor(now) + 1)
        event = self._strikes.get(number)
        if event is None:
            event = self._strikes[number] = asyncio.Event()
            loop.call_at(number * SECONDS, self._ring, number)
        return event

    def _ring(self, number: int) -> None:
        self._strikes.pop(number).set()


beat = Beat()
