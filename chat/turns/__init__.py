"""Making replies: `start` a turn, `stop` one; and to `forget` a conversation with all that was made in it."""

from django.db.models import QuerySet

from chat import live
from chat.models import Conversation, Turn

from . import queue
from .leases import leases

__all__ = ["forget", "forget_temporary", "start", "stop", "stop_all"]


def start(turn: Turn) -> None:
    """Hand a queued turn to a runner. Harmless to repeat; where it is lost, recovery does it again."""
    if turn.status == Turn.Status.QUEUED:
        queue.kick(turn.pk)


def stop(turn: Turn) -> None:
    """Ask for the end of a turn, which its runner brings about wherever it runs."""
    status = turn.request_stop()
    if status == Turn.Status.STOPPED and not turn.announced:
        turn.refresh_from_db()
        live.tell(live.finished(turn))
    elif status == Turn.Status.RUNNING:
        leases.look_soon()


def stop_all(conversation: Conversation) -> None:
    for turn in Turn.objects.active().filter(message__conversation=conversation).select_related("message"):
        stop(turn)


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
