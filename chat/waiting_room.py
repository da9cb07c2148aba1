"""How many pages are made at once."""

import asyncio
from typing import Any

from django.conf import settings


class WaitingRoom:
    """Each request of Django's has a thread of its own, and each page under way the memory of what it is made of: a crowd
    waits outside. A request makes room as soon as it begins to answer, so that a stream holds nobody up."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._room = asyncio.Semaphore(settings.PAGES_AT_ONCE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held = [await self._room.acquire()]

        async def answer(message: Any) -> None:
            leave()
            await send(message)

        def leave() -> None:
            if held:
                held.clear()
                self._room.release()

        try:
            await self._application(scope, receive, answer)
        finally:
            leave()
