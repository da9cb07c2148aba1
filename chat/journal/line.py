"""A connection to Redis that many callers share, each with a deadline."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import BusyLoadingError, NoScriptError, ReadOnlyError, RedisError, ResponseError

from .records import JournalError

AGAIN_SECONDS = 0.1
# Calls in one pipeline: what they are answered is in memory at once.
TOGETHER = 64
SILENT = "it does not answer"
Command = Sequence[str | int | float]
# What is to be asked of a Redis with this history.
Questions = Callable[[str], Sequence[Command]]


class Line:
    """`scripts` are known wherever it leads. Where `patient`, a call tries again until its deadline, through a restart or
    failover of Redis; elsewhere it fails as soon as a new connection does."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[AbstractConnection]],
        scripts: Sequence[str],
        seconds: float,
        patient: bool = False,
    ) -> None:
        self._connect = connect
        self._scripts = scripts
        self._seconds = seconds
        self._patient = patient
        self._waiting: list[tuple[Questions, asyncio.Future[list[Any]]]] = []
        self._carrier: asyncio.Task[None] | None = None
        self._connection: AbstractConnection | None = None
        self._history = ""
        self._trouble = SILENT

    async def call(self, commands: Questions) -> list[Any]:
        """The answers, among which errors may be. Raises JournalError where it is not known what was done."""
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, answered))
        if self._carrier is None or self._carrier.done():
            self._carrier = asyncio.create_task(self._carry(), context=contextvars.Context())
        try:
            async with asyncio.timeout(self._seconds):
                return await answered
        except (RedisError, OSError) as error:
            # asyncio's TimeoutError is an OSError.
            trouble = self._trouble if isinstance(error, TimeoutError) else str(error)
            raise JournalError(f"Redis cannot be used: {trouble}") from error

    async def _carry(self) -> None:
        """What came while others were asked goes together, so that a crowd takes no longer than a few."""
        while self._waiting:
            asked, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            asked = [(commands, answered) for commands, answered in asked if not answered.done()]
            try:
                async with asyncio.timeout(self._seconds):
                    answers = await self._insist([commands for commands, _ in asked])
            except Exception as error:
                for _, answered in asked:
                    if not answered.done():
                        answered.set_exception(error)
            else:
                for (_, answered), some in zip(asked, answers, strict=True):
                    if not answered.done():
                        answered.set_result(some)

    async def _insist(self, asked: Sequence[Questions]) -> list[list[Any]]:
        while True:
            is_new = self._connection is None
            try:
                return await self._converse(asked)
            except (RedisError, OSError) as error:
                self._trouble = str(error) or type(error).__name__
                if is_new and not self._patient:
                    raise
                await asyncio.sleep(AGAIN_SECONDS if is_new else 0)

    async def _converse(self, asked: Sequence[Questions]) -> list[list[Any]]:
        try:
            if self._connection is None:
                self._connection = await self._connect()
                self._history = await self._greet(self._connection)
            each = [commands(self._history) for commands in asked]
            answers = iter(await self._ask(self._connection, [one for some in each for one in some]))
        except BaseException:
            # Also at a deadline: an answer may still be on its way, and is nobody's.
            await self.close()
            raise
        self._trouble = SILENT
        return [list(islice(answers, len(some))) for some in each]

    async def _greet(self, connection: AbstractConnection) -> str:
        """Its history is another one after each restart, and in a replica that has become the primary."""
        load = [("SCRIPT", "LOAD", script) for script in self._scripts]
        said, *_ = await self._ask(connection, [("INFO", "replication"), *load])
        lines = [line.partition(":") for line in str(said).splitlines()]
        return next((value for name, _, value in lines if name == "master_replid"), "unknown")

    async def _ask(self, connection: AbstractConnection, commands: Sequence[Command]) -> list[Any]:
        # Packed in C: redis-py would do it in Python, at ten times the cost of all else here.
        packed = b"".join(pack_command(tuple(command)) for command in commands)  # type: ignore[arg-type]
        await connection.send_packed_command(packed, check_health=False)
        return [await _answer(connection) for _ in commands]

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


async def _answer(connection: AbstractConnection) -> Any:
    """An error that speaks of this command alone is an answer; one that another connection may not give is raised."""
    try:
        return await connection.read_response()
    except (BusyLoadingError, NoScriptError, ReadOnlyError):
        raise
    except ResponseError as error:
        return error
