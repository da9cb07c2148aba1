"""Puts down what a turn says: in the journal as it comes, and in its row now and then; there alone without a journal."""

import asyncio
import logging
from collections.abc import Callable

from django.db import DatabaseError

from chat import live
from chat.events import Event
from chat.live import Cursor, Fence, JournalError, StaleFence
from chat.models import Turn

from .database import in_database
from .leases import Checkpoint
from .record import Aside, Record

log = logging.getLogger(__name__)
DURABLE_SECONDS = 30
MEND_SECONDS = 0.5


class Scribe:
    """Where the journal fails, or has begun anew, what is said is kept here until it is in its row; then the topic begins a
    new epoch, which sends every viewer to that row. `lose` is called where another runner owns the turn."""

    def __init__(self, turn: Turn, before: Cursor, lose: Callable[[], None]) -> None:
        self.record = Record()
        self.cursor = before
        self._turn = turn
        self._name = str(turn.pk)
        self._topic = turn.message.conversation.topic
        self._lose = lose
        self._seq = 0
        self._checkpointed = 0
        # How many changes the journal holds once each of these is done.
        self._in_flight: dict[asyncio.Future[Cursor], int] = {}
        self.is_broken = self._mending = False

    def close(self) -> None:
        """After the end: there is nothing to lose any more."""
        self._lose = _nothing

    def write(self, change: Event | Aside) -> None:
        self.record.add(change)
        if isinstance(change, Event) and not self.is_broken:
            self._publish(change, self.record.length)

    def _publish(self, event: Event, count: int) -> None:
        self._seq += 1
        fence = Fence(self._name, self._turn.lease_token, self._seq, self.cursor.epoch)
        done = live.publish(self._topic, [event], fence)
        if done not in self._in_flight:
            done.add_done_callback(self._published)
        self._in_flight[done] = count

    def _published(self, done: "asyncio.Future[Cursor]") -> None:
        count = self._in_flight.pop(done)
        error = done.exception()
        if error is None:
            self.cursor, self.record.durable = done.result(), count
        elif isinstance(error, StaleFence):
            self._lose()
        else:
            if not self.is_broken:
                log.error("turn %s goes on without the journal: %s", self._name, error)
            self.is_broken = True

    def checkpoint(self) -> Checkpoint | None:
        """What the journal holds, for the row; None where the row holds it too."""
        if self.record.durable == self._checkpointed or self.is_broken:
            return None
        self._checkpointed = self.record.durable
        kept = self.record.kept()
        return Checkpoint(self._turn.pk, self._turn.message_id, kept.text, kept.as_list(), str(self.cursor))

    async def mend(self) -> None:
        """After a fault of the journal: what there is goes into the row, and the topic begins anew. Does nothing while the
        journal or the database is still away."""
        if not self.is_broken or self._in_flight or self._mending:
            return
        self._mending = True
        try:
            await live.position(self._topic)
            # All that anybody may have seen is in the row before the log is left behind, whoever dies between.
            is_ours = await self._write(live.NOWHERE)
            if is_ours:
                cursor = await live.restart(self._topic)
                count = self.record.length
                is_ours = await self._write(cursor)
            if is_ours:
                self.cursor, self.record.durable, self._checkpointed = cursor, count, count
                self.is_broken = False
        except (JournalError, DatabaseError) as error:
            log.warning("turn %s still waits for the journal: %s", self._name, error)
            return
        finally:
            self._mending = False
        if self.is_broken:
            self._lose()
            return
        for at, event in self.record.after(count):
            self._publish(event, at)

    async def _write(self, cursor: Cursor) -> bool:
        whole = self.record.whole()
        return await in_database(self._turn.write_checkpoint, whole.text, str(cursor), whole.as_list())

    async def settle(self) -> None:
        """Wait until the journal holds everything, so that what is kept is what is shown."""
        try:
            async with asyncio.timeout(DURABLE_SECONDS):
                while self._in_flight or self.is_broken:
                    if self._in_flight:
                        await asyncio.wait(set(self._in_flight))
                    else:
                        await self.mend()
                        await asyncio.sleep(MEND_SECONDS if self.is_broken else 0)
        except TimeoutError:
            log.error("turn %s ends without the journal", self._name)


def _nothing() -> None:
    pass
