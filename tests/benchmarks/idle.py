"""Viewers who look on while nothing happens: prints what they add to the server's memory, and what they cost while they wait.

Reads on standard input the port, the processes and a (session, conversation) a viewer.
"""

import asyncio
import json
import sys
import time
from typing import Any

from tests.benchmarks.load import CSRF, CSRF_SECRET, SESSION
from tests.benchmarks.processes import cpu_seconds, resident_mb
from tests.benchmarks.wire import Reading, SocketViewer, dial, upgrade

SETTLE_SECONDS = 3
WATCHED_SECONDS = 6


class IdleViewer(SocketViewer):
    """Acknowledges nothing, since there is nothing: the window is for what a viewer reads."""

    def _hear(self, payload: bytes) -> None:
        pass


async def run(port: int, pids: list[int], people: list[tuple[str, str]]) -> dict[str, Any]:
    before = resident_mb(pids)
    few = asyncio.Semaphore(20)

    async def look_on(session: str, conversation: str) -> IdleViewer:
        cookie = f"{SESSION}={session}; {CSRF}={CSRF_SECRET}"
        request = upgrade(f"/ws/conversations/{conversation}/?after=", port, cookie)
        async with few:
            return await dial(lambda: IdleViewer(Reading()), port, request)

    viewers = await asyncio.gather(*(look_on(*person) for person in people))
    await asyncio.sleep(SETTLE_SECONDS)
    cpu, begin = cpu_seconds(pids), time.monotonic()
    await asyncio.sleep(WATCHED_SECONDS)
    core = (cpu_seconds(pids) - cpu) / (time.monotonic() - begin)
    return {
        "viewers": sum(not viewer.over.done() for viewer in viewers),
        "added_mb": resident_mb(pids) - before,
        "core": core,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(**json.load(sys.stdin)))))
