"""How often somebody may ask, counted by the minute: for all processes in Redis where there is one, else in each.

The minute begins with the first request that is counted, and tells exactly when there is room again. Around its end twice as
much may pass as in a minute, which the limits have to bear.
"""

import time
from functools import cache
from threading import Lock
from typing import Protocol

from django.conf import settings

WINDOW_SECONDS = 60
# A process that counts so many at once is being flooded by addresses that come once: it begins anew.
MOST_COUNTED = 100_000


class Counts(Protocol):
    def add(self, key: str) -> tuple[int, float]:
        """How many they are with this one, and the seconds until they are counted anew."""


class CountsHere:
    """Of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: dict[str, tuple[int, float]] = {}

    def add(self, key: str) -> tuple[int, float]:
        now = time.monotonic()
        with self._lock:
            count, ends = self._of.get(key, (0, 0.0))
            if now >= ends:
                count, ends = 0, now + WINDOW_SECONDS
                self._make_room(now)
            self._of[key] = (count + 1, ends)
        return count + 1, ends - now

    def _make_room(self, now: float) -> None:
        if len(self._of) < MOST_COUNTED:
            return
        self._of = {key: counted for key, counted in self._of.items() if counted[1] > now}
        if len(self._of) > MOST_COUNTED // 2:
            self._of.clear()


def wait_of(kind: str, who: str | int | None, *, here: bool = False) -> int:
    """Count one more. The seconds until there is room again, 0 where there is room now. `kind` is the name of the setting
    that says how many there may be in a minute, where 0 counts nothing. `here` counts in this process alone, which waits for
    nobody."""
    most = int(getattr(settings, kind))
    if not most:
        return 0
    counts = _counts("" if here else getattr(settings, "REDIS_URL", ""), settings.REDIS_PREFIX)
    count, seconds = counts.add(f"{kind}:{who}")
    return 0 if count <= most else int(seconds) + 1


@cache
def _counts(url: str, prefix: str) -> Counts:
    if not url:
        return CountsHere()
    # Imported late: one process alone has no use for it.
    from .redis import CountsInRedis

    return CountsInRedis(url, prefix)
