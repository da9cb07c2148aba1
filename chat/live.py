"""What reaches browsers: events go into the journal here.

Nothing reaches a browser unasked except through `publish` and its kin.
"""

import asyncio
import contextvars
import logging
import uuid
from collections.abc import Sequence

from .events import ConversationChanged, Event, MessageChanged, TurnFinished, TurnsCalled, TurnWaiting
from .journal import LAST, Cursor, Fence, JournalError, StaleFence, journal
from .models import Conversation, Message, Turn, line
from .models.conversations import topic_of, user_topic

__all__ = ["Cursor", "Fence", "JournalError", "StaleFence", "publish"]

log = logging.getLogger(__name__)
# A cursor that no journal serves: whoever follows from it is told to load afresh.
NOWHERE = Cursor("reload", 0)
# How long the log of a conversation that was deleted is still there, for viewers to learn of it and runners to let go.
FORGET_SECONDS = 5
# Where those who run turns hear from other processes that somebody wants something of them.
TURNS = "turns"

_loop: asyncio.AbstractEventLoop | None = None


def attach(loop: asyncio.AbstractEventLoop | None) -> None:
    """The loop in which this process serves, where the journal's followers live."""
    global _loop
    _loop = loop


def loop() -> asyncio.AbstractEventLoop | None:
    return _loop


# --- publishing ---


def publish(topic: str, events: Sequence[Event], fence: Fence | None = None) -> "asyncio.Future[Cursor]":
    """From the serving loop: the future holds the cursor once the events are durable."""
    return journal().append(topic, events, fence)


def tell(*news: tuple[str, Event] | tuple[str, Event, Fence]) -> None:
    """From a thread or a command, after commit. Nobody waits for it: a journal in trouble is logged, and is not the
    trouble of the person whose request has been carried out."""
    if _loop is None:
        asyncio.run(_append(news))
    else:
        # In a context of its own: the journal's tasks must not inherit the executor of a request that is about to end.
        contextvars.Context().run(asyncio.run_coroutine_threadsafe, _append(news), _loop)


async def _append(news: Sequence[tuple[str, Event] | tuple[str, Event, Fence]]) -> None:
    for topic, done in [(topic, publish(topic, [event], *fence)) for topic, event, *fence in news]:
        try:
            await done
        except JournalError as error:
            log.error("could not publish in %s: %s", topic, error)


def listen(topic: str, wake: asyncio.Event) -> None:
    """Set `wake` whenever something comes into the topic, for as long as the process lives."""
    journal().listener(topic, wake)


def call_turns() -> None:
    tell((TURNS, TurnsCalled()))


def message_changed(message: Message) -> None:
    conversation = message.conversation
    tell((conversation.topic, MessageChanged(str(message.pk))), *hints(conversation))


def conversation_changed(conversation: Conversation) -> None:
    tell((conversation.topic, ConversationChanged(str(conversation.pk))), *hints(conversation))


def conversation_deleted(
    pk: uuid.UUID, user_id: int, turns: Sequence[uuid.UUID] = (), temporary: bool = False
) -> None:
    """Tell of it; soon after, the log of the conversation and of its turns is gone as well."""
    topic = topic_of(pk)
    told = (topic, ConversationChanged(str(pk), deleted=True))
    tell(told, *(() if temporary else (_hint(user_id, pk),)))
    writers = [str(turn) for turn in turns]
    if _loop is None:
        asyncio.run(drop(topic, writers))
    else:
        soon = drop(topic, writers, FORGET_SECONDS)
        contextvars.Context().run(asyncio.run_coroutine_threadsafe, soon, _loop)


def forget_soon(topic: str) -> None:
    """The log of it, once those who follow it have had time to let go."""
    if _loop is None:
        asyncio.run(drop(topic))
    else:
        soon = drop(topic, (), 2 * FORGET_SECONDS)
        contextvars.Context().run(asyncio.run_coroutine_threadsafe, soon, _loop)


def publish_to_user(user_id: int, conversation: uuid.UUID) -> None:
    tell(_hint(user_id, conversation))


def conversation_started(conversation: Conversation) -> None:
    tell(*hints(conversation))


def hints(conversation: Conversation, ended: str = "") -> tuple[tuple[str, Event], ...]:
    """For the sidebars of its owner, in none of which a temporary one stands."""
    if conversation.temporary:
        return ()
    return ((user_topic(conversation.user_id), ConversationChanged(str(conversation.pk), ended=ended)),)


def sidebar_changed(user_id: int) -> None:
    """A folder, or many conversations at once."""
    tell((user_topic(user_id), ConversationChanged("")))


def _hint(user_id: int, conversation: uuid.UUID) -> tuple[str, Event]:
    return user_topic(user_id), ConversationChanged(str(conversation))


def finished(turn: Turn) -> tuple[str, TurnFinished, Fence]:
    """The announcement of a terminal state, the same for whoever makes it, so that it is kept once."""
    event = TurnFinished(str(turn.pk), turn.status, turn.reason)
    return topic_of(turn.message.conversation_id), event, Fence(str(turn.pk), turn.lease_token, LAST)


def waiting(turn: Turn, before: int) -> tuple[str, TurnWaiting, Fence]:
    """The place of a turn in the line, the same for whoever tells of it, so that each is kept once. Nobody is told that they
    have moved back."""
    event = TurnWaiting(str(turn.pk), "line", 0, before)
    fence = Fence(f"{turn.pk}:line", turn.attempt, line.LONGEST - before)
    return topic_of(turn.message.conversation_id), event, fence


async def position(topic: str) -> Cursor:
    return await journal().position(topic)


async def restart(topic: str) -> Cursor:
    return await journal().restart(topic)


async def trim(idle_seconds: float, keep: Sequence[str]) -> list[str]:
    return await journal().trim(idle_seconds, keep)


async def drop(topic: str, writers: Sequence[str] = (), after_seconds: float = 0) -> None:
    """Where this fails, trimming does it again."""
    await asyncio.sleep(after_seconds)
    try:
        await journal().drop(topic, writers)
    except JournalError as error:
        log.error("the log of %s is not gone yet: %s", topic, error)
