"""How often somebody may ask, counted by the minute: for all processes in Redis where there is one, else in each.

The minute begins with the first request that is counted, and tells exactly when there is room again. Around its end twice as
much may pass as in a minute, which the limits have to bear.
"""

import logging
import time
from functools import cache
from threading import Lock
from typing import Protocol

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WINDOW_SECONDS = 60
# A process that counts so many at once is being flooded by addresses that come once: it begins anew.
MOST_COUNTED = 100_000
REDIS_SECONDS = 0.3
# How long a Redis that did not answer is not asked again.
REDIS_PAUSE_SECONDS = 10


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


class CountsInRedis:
    """Of all processes. A Redis that does not answer stops nobody: meanwhile each process counts by itself."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = f"{prefix}rate:"
        self._redis = Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
        self._here = CountsHere()
        self._again = 0.0

    def add(self, key: str) -> tuple[int, float]:
        if time.monotonic() < self._again:
            return self._here.add(key)
        try:
            return self._add(f"{self._prefix}{key}")
        except RedisError as error:
            self._again = time.monotonic() + REDIS_PAUSE_SECONDS
            log.warning(
                "Redis does not count requests, each process does by itself: %s", type(error).__name__
            )
            return self._here.add(key)

    def _add(self, name: str) -> tuple[int, float]:
        with self._redis.pipeline() as pipeline:
            pipeline.set(name, 0, ex=WINDOW_SECONDS, nx=True)
            pipeline.incr(name)
            pipeline.ttl(name)
            _, count, seconds = pipeline.execute()
        return int(count), float(max(seconds, 1))


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
    return CountsInRedis(url, prefix) if url else CountsHere()
