"""Counts in Redis, for all processes."""

import logging
import time

from redis import Redis
from redis.exceptions import RedisError

from . import WINDOW_SECONDS, CountsHere

log = logging.getLogger(__name__)
ANSWER_SECONDS = 0.3
# How long a Redis that did not answer is not asked again.
PAUSE_SECONDS = 10


class CountsInRedis:
    """A Redis that does not answer stops nobody: meanwhile each process counts by itself."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = f"{prefix}rate:"
        self._redis = Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        self._here = CountsHere()
        self._again = 0.0

    def add(self, key: str) -> tuple[int, float]:
        if time.monotonic() < self._again:
            return self._here.add(key)
        try:
            return self._add(f"{self._prefix}{key}")
        except RedisError as error:
            self._again = time.monotonic() + PAUSE_SECONDS
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
