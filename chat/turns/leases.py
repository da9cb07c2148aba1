"""The turns that run in this process, looked after together: leases renewed, texts checkpointed, stops noticed.

One transaction serves all of them, so that five hundred turns cost little more than one.
"""

import asyncio
import contextvars
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat import live
from chat.models import Message, ToolUse, Turn
from chat.parts import Part

from .database import in_database

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.25
CHECKPOINT_SECONDS = 1.0
READS_PER_SECOND = 400
SHORTEST_PACE, LONGEST_PACE = 0.01, 0.1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The text of a message, and all that led to it, as they stand at a cursor of the journal."""

    turn: uuid.UUID
    message: uuid.UUID
    text: str
    parts: list[Part]
    cursor: str


class Run(Protocol):
    """`is_asking`: somebody is to allow a call of it. `is_broken`: it goes on without the journal."""

    turn_id: uuid.UUID
    token: int

    @property
    def is_asking(self) -> bool: ...
    @property
    def is_broken(self) -> bool: ...
    def decided(self, call: str, allowed: bool) -> None: ...
    def stop(self) -> None: ...
    def interrupt(self) -> None: ...
    def hand_over(self) -> None: ...
    def lose(self) -> None: ...
    async def mend(self) -> None: ...
    def checkpoint(self) -> Checkpoint | None: ...


class Leases:
    """Lives in the serving loop."""

    def __init__(self) -> None:
        self._runs: dict[uuid.UUID, Run] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._mender: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, run: Run) -> None:
        self._runs[run.turn_id] = run
        if self._keeper is None or self._keeper.done():
            self._loop = asyncio.get_running_loop()
            self._keeper = self._loop.create_task(self._keep(), context=contextvars.Context())

    def remove(self, run: Run) -> None:
        self._runs.pop(run.turn_id, None)

    def runs(self) -> tuple[Run, ...]:
        return tuple(self._runs.values())

    @property
    def pace_seconds(self) -> float:
        """How long a runner rests between two reads. Nothing while few are running; as more are, what has come meanwhile
        travels together, since a read costs the same whether it brings one token or five."""
        wanted = len(self._runs) / READS_PER_SECOND
        return min(wanted, LONGEST_PACE) if wanted >= SHORTEST_PACE else 0.0

    def look_soon(self) -> None:
        """From any thread: somebody asked for a stop, or has decided on a call."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._look.set)

    def listen(self) -> None:
        """Look soon whenever another process says that there is something to see."""
        live.listen(live.TURNS, self._look)

    async def _keep(self) -> None:
        renewed = checkpointed = time.monotonic()
        while self._runs:
            now = time.monotonic()
            renew = now - renewed >= settings.TURN_LEASE_SECONDS / 4
            checkpoint = now - checkpointed >= CHECKPOINT_SECONDS
            try:
                await self._look_after(renew, checkpoint)
                renewed = now if renew else renewed
                checkpointed = now if checkpoint else checkpointed
            except Exception as error:
                log.error("running turns could not be looked after: %r", error)
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._look.wait()
        except TimeoutError:
            return
        self._look.clear()

    async def _look_after(self, renew: bool, checkpoint: bool) -> None:
        self._mend()
        checkpoints = [c for run in self.runs() if (c := run.checkpoint())] if checkpoint else []
        tokens = {run.turn_id: run.token for run in self.runs()}
        owned, stopping = await in_database(_keep_in_database, tokens, renew, checkpoints)
        for run in self.runs():
            if run.turn_id not in tokens:
                continue
            if run.turn_id not in owned:
                run.lose()
            elif run.turn_id in stopping:
                run.stop()
        await self._pass_on_decisions()

    def _mend(self) -> None:
        """Beside the rest: a journal that does not answer must not keep leases from being renewed."""
        broken = [run for run in self.runs() if run.is_broken]
        if broken and (self._mender is None or self._mender.done()):
            self._mender = asyncio.create_task(_mend_all(broken))

    async def _pass_on_decisions(self) -> None:
        asking = {run.turn_id: run for run in self.runs() if run.is_asking}
        if asking:
            for turn, call, allowed in await in_database(_decisions, set(asking)):
                asking[turn].decided(call, allowed)


async def _mend_all(runs: list[Run]) -> None:
    for outcome in await asyncio.gather(*(run.mend() for run in runs), return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("a running turn could not be mended: %r", outcome)


def _keep_in_database(
    tokens: dict[uuid.UUID, int], renew: bool, checkpoints: list[Checkpoint]
) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The turns that are still ours, and those of them that somebody wants stopped."""
    if not (renew or checkpoints):
        return _owned(tokens)
    with transaction.atomic():
        # Held until this is written: what comes late must not undo the end of a turn that is written meanwhile.
        owned, stopping = _owned(tokens, Turn.objects.select_for_update(no_key=True).order_by("pk"))
        if renew:
            until = timezone.now() + timedelta(seconds=settings.TURN_LEASE_SECONDS)
            Turn.objects.filter(pk__in=owned, status=Turn.Status.RUNNING).update(lease_until=until)
        _write([each for each in checkpoints if each.turn in owned])
    return owned, stopping


def _decisions(turns: set[uuid.UUID]) -> list[tuple[uuid.UUID, str, bool]]:
    rows = ToolUse.objects.decided(turns).values_list("turn_id", "call", "allowed")
    return [(turn, call, bool(allowed)) for turn, call, allowed in rows]


def _write(checkpoints: list[Checkpoint]) -> None:
    """By statements rather than objects, which would cost more than all else here."""
    as_json = Message._meta.get_field("parts").get_db_prep_save
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE chat_message SET text = %s, parts = %s WHERE id = %s",
            [(each.text, as_json(each.parts, connection), _stored(each.message)) for each in checkpoints],
        )
        cursor.executemany(
            "UPDATE chat_turn SET checkpoint = %s WHERE id = %s",
            [(each.cursor, _stored(each.turn)) for each in checkpoints],
        )


def _stored(pk: uuid.UUID) -> Any:
    return Turn._meta.pk.get_db_prep_value(pk, connection)


def _owned(
    tokens: dict[uuid.UUID, int], turns: QuerySet[Turn] | None = None
) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    every = Turn.objects.all() if turns is None else turns
    rows = every.filter(pk__in=list(tokens)).values_list("pk", "lease_token", "status", "stop_requested")
    mine = [(pk, asked) for pk, token, status, asked in rows if token == tokens[pk] and status == "running"]
    return {pk for pk, _ in mine}, {pk for pk, asked in mine if asked}


leases = Leases()
