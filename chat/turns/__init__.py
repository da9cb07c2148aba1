"""Making replies: `start` a turn, `stop` one, `decide` on a call of it; and to `forget` a conversation with all that was
made in it."""

from django.conf import settings
from django.db.models import QuerySet

from chat import live, providers
from chat.models import Conversation, Message, Provider, Turn
from chat.models.tools import ToolUse
from chat.models.tree import below

from . import queue
from .count import count
from .journey import mark
from .leases import leases

__all__ = [
    "decide",
    "forget",
    "forget_temporary",
    "load_providers",
    "start",
    "stop",
    "stop_all",
    "stop_below",
]


def load_providers() -> None:
    """Load the adapters of the providers that are in use, for which the first turn would otherwise wait."""
    providers.load(Provider.objects.filter(enabled=True).values_list("kind", flat=True))


def start(turn: Turn) -> None:
    """Hand a queued turn, and one that was asked beside it, to runners. Harmless to repeat; where it is lost, recovery
    does it again."""
    for each in (turn, *Turn.objects.filter(beside=turn)):
        if each.status == Turn.Status.QUEUED:
            mark(each)
            queue.kick(each.pk)


def stop(turn: Turn) -> None:
    """Ask for the end of a turn and of the one beside it."""
    for each in (turn, turn.partner()):
        if each is not None and each.is_active:
            _stop(each)


def _stop(turn: Turn) -> None:
    """Its runner brings the end about, wherever it runs."""
    status = turn.request_stop()
    if status == Turn.Status.STOPPED and not turn.announced:
        turn.refresh_from_db()
        count(turn)
        live.tell(live.finished(turn))
    elif status == Turn.Status.RUNNING:
        _call()


def _call() -> None:
    """Whoever runs it is to look soon: this process, or another."""
    leases.look_soon()
    if settings.REDIS_URL:
        live.call_turns()


def decide(use: ToolUse, allowed: bool, remember: bool = False) -> bool:
    """What somebody says to a call that asks. False where it asks no more."""
    if not use.decide(allowed, remember):
        return False
    _call()
    return True


def stop_all(conversation: Conversation) -> None:
    _stop_each(conversation.messages.all())


def stop_below(message: Message) -> None:
    """What is being written in a branch."""
    _stop_each(below(message))


def _stop_each(messages: QuerySet[Message]) -> None:
    for turn in Turn.objects.active().filter(message__in=messages).select_related("message"):
        _stop(turn)


def forget(conversation: Conversation) -> None:
    """Delete it for good: its replies stop, its rows are gone at once, its log soon after."""
    stop_all(conversation)
    turns = list(Turn.objects.filter(message__conversation=conversation).values_list("pk", flat=True))
    gone = (conversation.pk, conversation.user_id, turns, conversation.temporary)
    conversation.delete()
    live.conversation_deleted(*gone)


def forget_temporary(conversations: QuerySet[Conversation]) -> None:
    for conversation in conversations.filter(temporary=True):
        forget(conversation)
