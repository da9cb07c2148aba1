"""One turn, from its lease to its terminal state."""

import asyncio
import logging
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.utils.translation import gettext_noop

from chat import live
from chat.beat import beat
from chat.events import MessageChanged, TurnStarted
from chat.live import Cursor, JournalError, StaleFence
from chat.models import Turn, line, steps
from chat.providers import provider_for
from chat.providers.base import ProviderError
from chat.telemetry import logs, metrics

from . import engine, queue, titles, tracing
from .count import count
from .database import in_database
from .fitting import Fitting
from .journey import Journey
from .leases import Checkpoint, leases
from .narrator import Narrator
from .preparing import InLine, Prepared, fall_back, prepare
from .scribe import MEND_SECONDS, Scribe
from .toolbox import Toolbox

log = logging.getLogger(__name__)
PREPARE_TRIES, FINISH_TRIES = 60, 240
# How often a turn is begun of which nobody has seen anything.
ATTEMPTS = 2
SERVER_FAULT = gettext_noop("Something went wrong here, not at the model. The fault has been logged.")


async def run(turn_id: uuid.UUID) -> None:
    """Does nothing where others come first, or another runner did."""
    turn = await in_database(_load, turn_id)
    if turn is None or turn.status != Turn.Status.QUEUED:
        return
    before = await _position(turn)
    if await in_database(line.begin, turn, settings.TURN_LEASE_SECONDS, str(before)):
        await Runner(turn, before).run()


async def _position(turn: Turn) -> Cursor:
    try:
        return await live.position(turn.message.conversation.topic)
    except JournalError as error:
        log.error("turn %s begins without the journal: %s", turn.pk, error)
        return live.NOWHERE


def _load(turn_id: uuid.UUID) -> Turn | None:
    related = ("message__conversation", "model__provider", "continues__message", "user")
    return Turn.objects.select_related(*related).filter(pk=turn_id).first()


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    reason: str = ""
    error: str = ""
    detail: str = ""


HANDED_OVER = Outcome("queued")


class Runner:
    """Owns a running turn by its fencing token."""

    def __init__(self, turn: Turn, before: Cursor) -> None:
        self.turn_id = turn.pk
        self.token = turn.lease_token
        self._turn = turn
        self._scribe = Scribe(turn, before, self.lose)
        self._narrator = Narrator(str(turn.pk), self._scribe.write)
        self._toolbox: Toolbox | None = None
        self._recorder: tracing.Recorder | None = None
        self._outcome: Outcome | None = None
        self._task: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        self._task = asyncio.current_task()
        turn = self._turn
        logs.about(turn=turn.pk, conversation=turn.message.conversation_id, user=turn.user_id)
        self._recorder = tracing.recorder_for(self._turn)
        self._journey = Journey(turn)
        leases.add(self)
        try:
            outcome = await self._stream()
            if outcome is HANDED_OVER:
                await self._begin_elsewhere()
            elif outcome is not None:
                await self._finish(outcome)
        finally:
            leases.remove(self)
            self._journey.end()
            # Both know this runner: with all that was said they would stay until the collector comes by.
            self._scribe.close()
            self._toolbox = None

    # --- what is told by those who look after running turns ---

    def stop(self) -> None:
        self._end(Outcome("stopped", "stopped"))

    def interrupt(self) -> None:
        """This process is about to end."""
        self._end(Outcome("interrupted", "server"))

    def hand_over(self) -> None:
        """As `interrupt`, save that a turn of which nobody has seen anything begins again elsewhere."""
        if self._narrator.has_begun or self._turn.attempt >= ATTEMPTS:
            self.interrupt()
        else:
            self._end(HANDED_OVER)

    def lose(self) -> None:
        """Another runner owns the turn: end without a trace."""
        self._end(Outcome("lost"))

    def _end(self, outcome: Outcome) -> None:
        if self._outcome is None and self._task:
            self._outcome = outcome
            self._task.cancel()

    @property
    def is_asking(self) -> bool:
        return self._toolbox is not None and self._toolbox.is_asking

    def decided(self, call: str, allowed: bool) -> None:
        if self._toolbox is not None:
            self._toolbox.decided(call, allowed)

    def checkpoint(self) -> Checkpoint | None:
        return self._scribe.checkpoint()

    @property
    def is_broken(self) -> bool:
        return self._scribe.is_broken

    async def mend(self) -> None:
        await self._scribe.mend()

    # --- the stream ---

    async def _stream(self) -> Outcome | None:
        """What the turn has come to; None where it is no longer ours to say."""
        try:
            outcome = await self._relay()
        except ProviderError as error:
            metrics.provider_failed(error.reason)
            outcome = Outcome(
                "interrupted" if error.cut else "failed", error.reason, error.message, error.detail
            )
        except asyncio.CancelledError:
            if self._outcome is None or self._task is None:
                raise
            self._task.uncancel()
            outcome = self._outcome
        except Exception:
            log.exception("turn %s failed", self.turn_id)
            outcome = Outcome("failed", "internal", SERVER_FAULT)
        # From here on nothing may cancel the task: what has come is to be kept.
        self._outcome = outcome
        return None if outcome.status == "lost" else outcome

    async def _relay(self) -> Outcome:
        turn = self._turn
        self._scribe.write(TurnStarted(str(turn.pk), str(turn.message_id), str(turn.message.parent_id)))
        prepared = await self._prepare()
        self._narrator.repeat(prepared.begun)
        try:
            await self._exchange(prepared)
        except ProviderError as error:
            try:
                other = None if self._narrator.has_begun else await in_database(fall_back, turn, error)
            except InLine:
                metrics.provider_failed(error.reason)
                return HANDED_OVER
            if other is None:
                raise
            metrics.provider_failed(error.reason)
            await self._exchange(other)
        return Outcome("complete", self._narrator.facts.get("finish_reason", ""))

    async def _prepare(self) -> Prepared:
        """Again for as long as the database is away: nothing has been asked of the model yet."""
        for _ in range(PREPARE_TRIES):
            try:
                return await in_database(prepare, self._turn)
            except OperationalError as error:
                log.warning("turn %s waits for the database: %r", self.turn_id, error)
                await asyncio.sleep(MEND_SECONDS)
        return await in_database(prepare, self._turn)

    async def _exchange(self, prepared: Prepared) -> None:
        server = prepared.model.provider
        self._narrator.kind = server.kind
        self._toolbox = Toolbox(self._turn, prepared.tools, self._narrator, self.lose)
        provider = provider_for(server.kind, server.base_url, server.key)
        provider = self._journey.through(tracing.traced(provider, self._recorder), server.kind)
        fitting = Fitting(provider, self._turn, self._left_out)
        answers = engine.run(fitting, prepared.prompt, prepared.limits, self._toolbox)
        async with aclosing(answers) as parts:
            async for part in parts:
                self._narrator.take(part)
                if pace := leases.pace_seconds:
                    await beat.rest(pace)

    def _left_out(self) -> None:
        """Where that begins which is sent is shown in the transcript."""
        self._scribe.write(MessageChanged(str(self._turn.message_id)))

    async def _begin_elsewhere(self) -> None:
        await self._scribe.settle()
        if await in_database(self._turn.requeue):
            await queue.kick_here(self.turn_id)

    # --- the end ---

    async def _finish(self, outcome: Outcome) -> None:
        self._journey.finish(outcome.status, outcome.reason)
        self._narrator.end()
        if self._toolbox is not None:
            await self._toolbox.abandon(outcome.status)
        await self._scribe.settle()
        fields = {
            "reason": outcome.reason[:40],
            "error": outcome.error[:400],
            "error_detail": outcome.detail[:400],
            **self._narrator.facts,
        }
        if await self._write_end(outcome.status, fields):
            count(self._turn)
            await announce(self._turn)
            titles.begin(self._turn)
            tracing.keep(self._recorder)

    async def _write_end(self, status: str, fields: dict[str, Any]) -> bool:
        """The terminal state, once the database can be written; False where another runner owns the turn by then."""
        whole, cursor = self._scribe.record.whole(), str(self._scribe.cursor)
        text, parts = whole.text, whole.as_list()
        html = await asyncio.to_thread(steps.html_of, parts)
        for _ in range(FINISH_TRIES):
            try:
                return await in_database(
                    self._turn.finish, status, text=text, parts=parts, html=html, checkpoint=cursor, **fields
                )
            except DatabaseError as error:
                log.error("the end of turn %s could not be written yet: %r", self.turn_id, error)
                await asyncio.sleep(MEND_SECONDS)
        log.critical("turn %s is left to recovery: its end could not be written", self.turn_id)
        return False


async def announce(turn: Turn) -> None:
    """Tell viewers of a terminal state that is committed. Where this fails, recovery does it again."""
    topic, event, fence = live.finished(turn)
    try:
        await live.publish(topic, [event], fence)
        await in_database(Turn.objects.filter(pk=turn.pk).update, announced=True)
        for topic, hint in live.hints(turn.message.conversation, ended=str(turn.pk)):
            await live.publish(topic, [hint])
    except StaleFence:
        log.warning("the end of turn %s is another runner's to announce", turn.pk)
    except (JournalError, DatabaseError) as error:
        log.error("the end of turn %s is not announced yet: %r", turn.pk, error)
