"""How many pages are made at once."""

import asyncio
import re
from typing import Any

from django.conf import settings

# Streams as they begin, each question of a long poll, and whoever asks how we are.
NO_PAGE = re.compile(r"/events/|^/(?:healthz|readyz|metrics)$")


class WaitingRoom:
    """Each request of Django's has a thread of its own, and each page under way the memory of what it is made of: a crowd
    waits outside. A request makes room as soon as it begins to answer, so that a stream holds nobody up; and what is no page
    has as much room of its own, so that pages which block hold up no stream."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._pages = asyncio.Semaphore(settings.PAGES_AT_ONCE)
        self._others = asyncio.Semaphore(settings.PAGES_AT_ONCE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        room = self._others if NO_PAGE.search(scope["path"]) else self._pages
        held = [await room.acquire()]

        async def answer(message: Any) -> None:
            leave()
            await send(message)

        def leave() -> None:
            if held:
                held.clear()
                room.release()

        try:
            await self._application(scope, receive, answer)
        finally:
            leave()
