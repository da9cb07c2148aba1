"""What is shown of a conversation: rows, completed from the log up to the cursor from which its viewer goes on.

Cursor first, then rows, then the log up to the cursor.
"""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from asgiref.sync import async_to_sync

from .journal import Cursor, Gap, JournalError, journal
from .lending import lend
from .live import NOWHERE
from .models import Conversation, Message, ToolUse, Turn, line
from .models.conversations import topic_of
from .models.windows import Window, place
from .parts import Parts

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`path` as it stands at `cursor`: whoever follows from there misses nothing and sees nothing twice."""

    cursor: str
    path: list[Message]
    running: Turn | None
    earlier: Message | None = None


def snapshot(
    conversation: Conversation,
    only: Message | None = None,
    before: uuid.UUID | None = None,
    since: uuid.UUID | None = None,
) -> Snapshot:
    """What to show of a conversation: the end of it, what was said `before` a message, or `only` one message. Without a
    journal it is what is in rows, until there is one to follow."""
    for _ in range(20):
        position = _position(conversation.topic)
        window = conversation.window(before, since) if only is None else _alone(only)
        path = window.messages
        turns = [message.turn for message in path if message.role == Message.Role.ASSISTANT]
        running = next((turn for turn in turns if turn.is_active), None)
        _place(turns)
        if position == NOWHERE:
            break
        try:
            cursor = _fill(conversation.topic, position, turns)
        except JournalError:
            break
        except Gap:
            # The log was begun anew and a runner is about to write its text into its row.
            time.sleep(0.05)
        else:
            return Snapshot(str(cursor), path, running, window.earlier)
    else:
        _fill_from_remains(conversation.topic, turns)
    return Snapshot(str(NOWHERE), path, running, window.earlier)


def _position(topic: str) -> Cursor:
    try:
        return _ask(journal().position, topic)
    except JournalError as error:
        log.error("a page is without the journal: %s", error)
        return NOWHERE


def _place(turns: list[Turn]) -> None:
    waiting = [turn for turn in turns if turn.status == Turn.Status.QUEUED]
    if waiting:
        places = line.places([turn.pk for turn in waiting])
        for turn in waiting:
            turn.before = places.get(turn.pk)


def _alone(message: Message) -> Window:
    fresh = Message.objects.select_related("turn", "feedback", "conversation").get(pk=message.pk)
    placed = place([fresh], fresh.conversation.leaf_id)
    return Window([each for each in placed if each.pk == message.pk], None)


def _fill(topic: str, position: Cursor, turns: list[Turn]) -> Cursor:
    """Complete the running replies from the log. The cursor that they have been brought to."""
    written = {turn.pk: Cursor.parse(turn.checkpoint) for turn in turns if turn.checkpoint}
    # Rows are read after the position, so that they may be further on than it.
    end = max((c.offset for c in written.values() if c.epoch == position.epoch), default=0)
    cursor = Cursor(position.epoch, max(position.offset, end))
    running = [turn for turn in turns if turn.status == Turn.Status.RUNNING]
    if running:
        events = _ask(_events, topic, {str(t.pk): written[t.pk] for t in running}, cursor)
        for turn in running:
            _grow(turn, events[str(turn.pk)])
    return cursor


def _fill_from_remains(topic: str, turns: list[Turn]) -> None:
    """Nobody has told yet where the rows stand in the new log: they are completed from what is left of the old one."""
    for turn in turns:
        with suppress(JournalError, Turn.DoesNotExist):
            while turn.status == Turn.Status.RUNNING and turn.checkpoint:
                events = _ask(_remains, topic, str(turn.pk), Cursor.parse(turn.checkpoint))
                # It joins a row that stood while it was read: a runner may have written its own meanwhile, and gone on.
                if _stands(turn):
                    _grow(turn, events)
                    break


def _stands(turn: Turn) -> bool:
    """Whether its row is where it was; else it is as it is now."""
    now = Turn.objects.select_related("message").get(pk=turn.pk)
    if now.checkpoint == turn.checkpoint:
        return True
    turn.status, turn.checkpoint = now.status, now.checkpoint
    turn.message.parts, turn.message.text, turn.message.html = (
        now.message.parts,
        now.message.text,
        now.message.html,
    )
    return False


def _ask(journal: Callable[..., Awaitable[T]], *args: Any) -> T:
    lend()
    return async_to_sync(journal)(*args)


async def _events(topic: str, after: dict[str, Cursor], until: Cursor) -> dict[str, list[dict[str, Any]]]:
    """What the log says of each turn after its cursor. Raises Gap."""
    if any(cursor.epoch != until.epoch for cursor in after.values()):
        raise Gap
    events: dict[str, list[dict[str, Any]]] = {turn: [] for turn in after}
    at = min(after.values())
    while at.offset < until.offset:
        entries = await journal().read(topic, at)
        if not entries:
            raise Gap
        for entry in entries:
            event = orjson.loads(entry.payload)
            turn = event.get("turn")
            if turn in after and after[turn].offset < entry.offset <= until.offset:
                events[turn].append(event)
        at = Cursor(at.epoch, entries[-1].offset)
    return events


def _grow(turn: Turn, events: Iterable[Mapping[str, Any]]) -> None:
    """The parts of a row, and what the log says beyond it. The words of results are in rows of their own."""
    parts = Parts(turn.message.parts)
    for event in events:
        parts.apply(event)
    if parts.has_results:
        for use in ToolUse.objects.filter(turn=turn):
            parts.fill(use.call, use.status, use.result, use.seconds)
    turn.message.parts, turn.message.text = parts.as_list(), parts.text


async def journalled(turn: Turn) -> tuple[Parts, Cursor]:
    """All that any viewer may have been shown of a turn, and the place up to which it goes."""
    topic = topic_of(turn.message.conversation_id)
    parts = Parts(turn.message.parts)
    until = await journal().position(topic)
    if turn.checkpoint:
        after = Cursor.parse(turn.checkpoint)
        try:
            events = (await _events(topic, {str(turn.pk): after}, until))[str(turn.pk)]
        except Gap:
            # Of another epoch than the row: what is left of the log goes on from there.
            events = await _remains(topic, str(turn.pk), after)
        for event in events:
            parts.apply(event)
    return parts, until


async def _remains(topic: str, turn: str, after: Cursor) -> list[dict[str, Any]]:
    """A runner writes in no epoch but that of its row: whatever the log has of it behind the place of the row, joins it."""
    events: list[dict[str, Any]] = []
    place = after.offset
    try:
        while after != NOWHERE and (entries := await journal().remains(topic, place)):
            events += [orjson.loads(entry.payload) for entry in entries]
            place = entries[-1].offset
    except Gap:
        pass
    return [event for event in events if event.get("turn") == turn]
