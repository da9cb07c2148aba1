"""What other processes write, as Redis publishes it: one connection for all topics that anybody here follows.

Publication keeps nothing for those who are away. So whoever follows reads the log once its topic is subscribed to, as after
each break of the connection, and whenever what is heard does not follow on what is known.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from .followers import Follower, Listener
from .records import Cursor, Entry

log = logging.getLogger(__name__)
AGAIN_SECONDS = 0.25
# A connection on which nothing has come for twice as long is taken to be dead.
PING_SECONDS = 5.0


class News:
    """`followers` is the journal's own, by topic; what it wrote itself under `name` it has told them already."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[AbstractConnection]],
        prefix: str,
        name: str,
        followers: Mapping[str, set[Follower | Listener]],
    ) -> None:
        self._connect = connect
        self._prefix = prefix
        self._name = name
        self._followers = followers
        self._changed = asyncio.Event()
        self._is_alive = self._is_heard = True

    def channel(self, topic: str) -> str:
        return self._prefix + topic

    def topics_changed(self) -> None:
        self._changed.set()

    async def hear(self) -> None:
        """As long as anybody follows a topic."""
        self._changed = asyncio.Event()
        while self._followers:
            try:
                await self._hear_once()
            except (RedisError, OSError) as error:
                if self._is_heard:
                    log.warning("nothing is heard from Redis: %r", error)
                self._is_heard = False
                await asyncio.sleep(AGAIN_SECONDS)

    async def _hear_once(self) -> None:
        async with asyncio.timeout(PING_SECONDS):
            connection = await self._connect()
        self._is_alive = self._is_heard = True
        work = [asyncio.create_task(each(connection)) for each in (self._read, self._tend)]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await connection.disconnect(nowait=True)

    async def _tend(self, connection: AbstractConnection) -> None:
        """Subscribe to what is followed, and see that the connection is alive."""
        subscribed: set[str] = set()
        while self._followers:
            self._changed.clear()
            wanted = set(self._followers)
            if new := wanted - subscribed:
                await connection.send_command("SUBSCRIBE", *map(self.channel, new))
            if gone := subscribed - wanted:
                await connection.send_command("UNSUBSCRIBE", *map(self.channel, gone))
            subscribed = wanted
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                await self._ping(connection)

    async def _ping(self, connection: AbstractConnection) -> None:
        if not self._is_alive:
            raise ConnectionError("It has gone silent.")
        self._is_alive = False
        await connection.send_command("PING")

    async def _read(self, connection: AbstractConnection) -> None:
        while True:
            said = await connection.read_response()
            self._is_alive = True
            match said:
                case ["subscribe", channel, _]:
                    for follower in self._of(channel):
                        follower.lag()
                case ["message", channel, news]:
                    self._tell(self._of(channel), news)

    def _of(self, channel: str) -> tuple[Follower | Listener, ...]:
        return tuple(self._followers.get(channel.removeprefix(self._prefix), ()))

    def _tell(self, followers: tuple[Follower | Listener, ...], news: str) -> None:
        if news.startswith(self._name):
            return
        head, *payloads = news.split("\n")
        _, epoch, before, end = head.split(" ")
        entries = [Entry(offset, payload) for offset, payload in enumerate(payloads, int(before) + 1)]
        for follower in followers:
            if entries:
                follower.offer(epoch, entries)
            else:
                follower.heard(Cursor(epoch, int(end)))
