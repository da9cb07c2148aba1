"""The broker of several processes: taskiq's Redis Streams, with what turns need of it.

A message counts as delivered once it is read: whether a turn is run is decided by its lease. So there is nothing to be
acknowledged, and nothing to be claimed from workers that died.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

from .crew import crew

log = logging.getLogger(__name__)
GROUP = "workers"
# Messages that wait; of what is lost beyond them the rows know.
LONGEST = 10_000
CONNECTIONS = 16
BLOCK_SECONDS = 2
SILENT_SECONDS = 5
AGAIN_SECONDS = 0.5


class TurnStream(RedisStreamBroker):
    def __init__(self, url: str, name: str) -> None:
        super().__init__(
            url,
            queue_name=name,
            consumer_group_name=GROUP,
            consumer_id="0",
            maxlen=LONGEST,
            max_connection_pool_size=CONNECTIONS,
            xread_block=BLOCK_SECONDS * 1000,
            socket_connect_timeout=SILENT_SECONDS,
            socket_timeout=SILENT_SECONDS,
        )

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """For as long as it is asked, through whatever becomes of the server: it may be away, or have forgotten us."""
        is_away = False
        while True:
            try:
                await self._declare_consumer_group()
                async for message in self._read():
                    is_away = False
                    yield message
            except (RedisError, OSError, TimeoutError) as error:
                if not is_away:
                    log.warning("the broker cannot be read: %r", error)
                is_away = True
                await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self) -> AsyncGenerator[AckableMessage, None]:
        """One message at a time: a worker that has no room leaves it to the others."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                await crew.has_room()
                found: Any = await redis.xreadgroup(
                    GROUP, self.consumer_name, {self.queue_name: ">"}, count=1, block=self.block, noack=True
                )
                for _, messages in found:
                    for _, fields in messages:
                        yield AckableMessage(data=fields[b"data"], ack=_nothing)


async def _nothing() -> None:
    """It was acknowledged by being read."""
