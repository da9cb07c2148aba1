"""One turn, from its lease to its terminal state."""

import asyncio
import logging
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_noop

from chat import live, markdown
from chat.events import (
    Event,
    ReasoningDelta,
    TextDelta,
    TurnStarted,
    TurnWaiting,
    UsageReported,
)
from chat.live import Cursor, Fence, JournalError, StaleFence
from chat.models import Turn
from chat.providers import provider_for
from chat.providers.base import Finish, Part, ProviderError, Reasoning, Text, Usage, Waiting

from . import engine, titles
from .database import in_database
from .leases import Checkpoint, leases
from .prompt import prompt_for

log = logging.getLogger(__name__)
DURABLE_SECONDS = 30
MEND_SECONDS = 0.5
FINISH_TRIES = 240
SERVER_FAULT = gettext_noop("Something went wrong here, not at the model. The fault has been logged.")


async def run(turn_id: uuid.UUID) -> None:
    turn = await in_database(_load, turn_id)
    if turn is None or turn.status != Turn.Status.QUEUED:
        return
    before = await live.position(turn.message.conversation.topic)
    if await in_database(turn.lease, settings.TURN_LEASE_SECONDS, str(before)):
        await Runner(turn, before).run()


def _load(turn_id: uuid.UUID) -> Turn | None:
    related = ("message__conversation", "model__provider", "continues__message")
    return Turn.objects.select_related(*related).filter(pk=turn_id).first()


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    reason: str = ""
    error: str = ""
    detail: str = ""


class Runner:
    """Owns a running turn by its fencing token.

    The text goes into the journal as it comes. Where the journal fails, the text is kept here and checkpointed to its row,
    and once the journal is back the topic begins a new epoch, which sends every viewer to that row.
    """

    def __init__(self, turn: Turn, before: Cursor) -> None:
        self.turn_id = turn.pk
        self._name = str(turn.pk)
        self.token = turn.lease_token
        self._turn = turn
        self._topic = turn.message.conversation.topic
        self._parts: list[str] = []
        self._chars = 0
        self._seq = 0
        # The journal holds this many characters of the text at this cursor, and the row that many.
        self._cursor, self._durable = before, 0
        self._checkpointed = 0
        self._in_flight: dict[asyncio.Future[Cursor], int] = {}
        self._broken = self._mending = False
        self._outcome: Outcome | None = None
        self._task: asyncio.Task[Any] | None = None
        self._facts: dict[str, Any] = {}

    async def run(self) -> None:
        self._task = asyncio.current_task()
        leases.add(self)
        try:
            outcome = await self._stream()
            if outcome is not None:
                await self._finish(outcome)
        finally:
            leases.remove(self)

    def stop(self) -> None:
        self._end(Outcome("stopped", "stopped"))

    def interrupt(self) -> None:
        """This process is about to end."""
        self._end(Outcome("interrupted", "server"))

    def lose(self) -> None:
        """Another runner owns the turn: end without a trace."""
        self._end(Outcome("lost"))

    def _end(self, outcome: Outcome) -> None:
        if self._outcome is None and self._task:
            self._outcome = outcome
            self._task.cancel()

    # --- the stream ---

    async def _stream(self) -> Outcome | None:
        """What the turn has come to; None where it is no longer ours to say."""
        try:
            outcome = await self._relay()
        except ProviderError as error:
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
        self._publish(TurnStarted(str(turn.pk), str(turn.message_id), str(turn.message.parent_id)))
        if turn.continues and turn.continues.message.text:
            self._say(turn.continues.message.text)
        prompt = await in_database(prompt_for, turn)
        assert turn.model is not None
        server = turn.model.provider
        provider = provider_for(server.kind, server.base_url, server.key)
        async with aclosing(engine.run(provider, prompt, _limits())) as parts:
            async for part in parts:
                self._take(part)
                if pace := leases.pace_seconds:
                    await asyncio.sleep(pace)
        return Outcome("complete", self._facts.get("finish_reason", ""))

    def _take(self, part: Part) -> None:
        match part:
            case Text(text):
                if "first_token" not in self._facts:
                    self._facts["first_token"] = timezone.now()
                self._say(text)
            case Reasoning(text):
                self._publish(ReasoningDelta(self._name, text))
            case Usage(prompt_tokens, completion_tokens):
                self._facts |= {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
                self._publish(UsageReported(self._name, prompt_tokens, completion_tokens))
            case Finish(reason):
                self._facts["finish_reason"] = reason[:40]
            case Waiting(reason, seconds):
                self._publish(TurnWaiting(self._name, reason, seconds))

    def _say(self, text: str) -> None:
        self._parts.append(text)
        self._chars += len(text)
        self._publish(TextDelta(self._name, text))

    def _publish(self, event: Event) -> None:
        if self._broken:
            return
        self._seq += 1
        done = live.publish(self._topic, [event], Fence(self._name, self.token, self._seq))
        if done not in self._in_flight:
            done.add_done_callback(self._published)
        self._in_flight[done] = self._chars

    def _published(self, done: "asyncio.Future[Cursor]") -> None:
        chars = self._in_flight.pop(done)
        error = done.exception()
        if error is None:
            self._cursor, self._durable = done.result(), chars
        elif isinstance(error, StaleFence):
            self.lose()
        elif not self._broken:
            log.error("turn %s goes on without the journal: %s", self.turn_id, error)
            self._broken = True

    # --- checkpoints ---

    def checkpoint(self) -> Checkpoint | None:
        """What the journal holds, for the row; None where the row holds it too."""
        if self._durable == self._checkpointed or self._broken:
            return None
        self._checkpointed = self._durable
        text = self._text()[: self._durable]
        return Checkpoint(self.turn_id, self._turn.message_id, text, str(self._cursor))

    def _text(self) -> str:
        self._parts = ["".join(self._parts)]
        return self._parts[0]

    async def mend(self) -> None:
        """After a fault of the journal: the text goes into the row, and the topic begins anew. Does nothing while the
        journal or the database is still away."""
        if not self._broken or self._in_flight or self._mending:
            return
        self._mending = True
        try:
            cursor = await live.restart(self._topic)
            text = self._text()
            if await in_database(self._turn.write_checkpoint, text, str(cursor)):
                self._cursor, self._durable, self._checkpointed = cursor, len(text), len(text)
                self._broken = False
        except (JournalError, DatabaseError) as error:
            log.warning("turn %s still waits for the journal: %s", self.turn_id, error)
            return
        finally:
            self._mending = False
        if self._broken:
            self.lose()
        elif rest := self._text()[len(text) :]:
            self._publish(TextDelta(self._name, rest))

    # --- the end ---

    async def _finish(self, outcome: Outcome) -> None:
        await self._settle()
        fields = {
            "reason": outcome.reason[:40],
            "error": outcome.error[:400],
            "error_detail": outcome.detail[:400],
            **self._facts,
        }
        if await self._write_end(outcome.status, fields):
            await announce(self._turn)
            titles.begin(self._turn)

    async def _settle(self) -> None:
        """Wait until the journal holds the whole text, so that what is kept is what is shown."""
        try:
            async with asyncio.timeout(DURABLE_SECONDS):
                while self._in_flight or self._broken:
                    if self._in_flight:
                        await asyncio.wait(set(self._in_flight))
                    else:
                        await self.mend()
                        await asyncio.sleep(MEND_SECONDS if self._broken else 0)
        except TimeoutError:
            log.error("turn %s ends without the journal", self.turn_id)

    async def _write_end(self, status: str, fields: dict[str, Any]) -> bool:
        """The terminal state, once the database can be written; False where another runner owns the turn by then."""
        for _ in range(FINISH_TRIES):
            text, cursor = self._text(), str(self._cursor)
            html = await asyncio.to_thread(markdown.render, text)
            try:
                return await in_database(
                    self._turn.finish, status, text=text, html=html, checkpoint=cursor, **fields
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


def _limits() -> engine.Limits:
    return engine.Limits(
        first_token=settings.TURN_FIRST_TOKEN_SECONDS,
        idle=settings.TURN_IDLE_SECONDS,
        total=settings.TURN_TOTAL_SECONDS,
        retries=settings.TURN_RETRIES,
        retry_max=settings.TURN_RETRY_MAX_SECONDS,
        max_bytes=settings.TURN_MAX_BYTES,
        delta_max_bytes=settings.TURN_DELTA_MAX_BYTES,
    )
