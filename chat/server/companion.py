"""A worker beside a process that serves, so that one command is enough: begun with it, begun again where it dies, and ended
with it, however that ends."""

import asyncio
import contextlib
import logging
import sys
from contextvars import Context

from django.conf import settings

log = logging.getLogger(__name__)
AGAIN_SECONDS = 1
ENDS_WITHIN = 3


class Companion:
    """Lives in the serving loop. The worker ends when its input does, and with it the one who holds the other end."""

    def __init__(self) -> None:
        self._keeping: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._is_ending = False

    def start(self) -> None:
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), context=Context())

    async def _keep(self) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--beside"]
        while not self._is_ending:
            self._process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            code = await self._process.wait()
            if not self._is_ending:
                log.error("the worker beside has ended with %s; another begins", code)
                await asyncio.sleep(AGAIN_SECONDS)

    def end(self) -> None:
        self._is_ending = True
        if self._process and self._process.stdin:
            self._process.stdin.close()

    async def ended(self) -> None:
        if self._process is None:
            return
        try:
            async with asyncio.timeout(ENDS_WITHIN):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
