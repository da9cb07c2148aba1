"""Which branch of a conversation is shown, and how one ends."""

from typing import TYPE_CHECKING

from django.db import transaction

from .files import forget_after_commit, leaving
from .messages import Message
from .tree import below, newest_leaf
from .turns import Turn

if TYPE_CHECKING:
    from .conversations import Conversation


@transaction.atomic
def choose(conversation: "Conversation", message: Message) -> None:
    """Show the newest that came of a message. Of two answers side by side, the one that is chosen is kept."""
    mine = type(conversation).objects.select_for_update(no_key=True).get(pk=conversation.pk)
    turn = getattr(message, "turn", None)
    if turn is not None:
        turn.part()
    _show(mine, newest_leaf(message))


@transaction.atomic
def prune(conversation: "Conversation", message: Message) -> None:
    """Delete a message and all that came of it, and show what is nearest to it."""
    mine = type(conversation).objects.select_for_update(no_key=True).get(pk=conversation.pk)
    # By their ids: Django would otherwise go down the tree by a query and a stack frame for each level.
    gone = list(below(message).values_list("pk", flat=True))
    is_shown = mine.leaf_id in gone
    Turn.objects.hold(gone)
    forget_after_commit(leaving(gone))
    for start in range(0, len(gone), 500):
        Message.objects.filter(pk__in=gone[::-1][start : start + 500]).delete()
    if is_shown:
        nearest = _nearest(message)
        _show(mine, newest_leaf(nearest) if nearest else message.parent)


def is_all_there_is(message: Message) -> bool:
    """Whether nothing of the conversation would be left without this message and what came of it."""
    roots = Message.objects.filter(conversation_id=message.conversation_id, parent=None)
    return message.parent_id is None and not roots.exclude(pk=message.pk).exists()


def _nearest(message: Message) -> Message | None:
    siblings = Message.objects.filter(conversation_id=message.conversation_id, parent_id=message.parent_id)
    before = siblings.filter(created__lte=message.created).order_by("created", "pk").last()
    return before or siblings.order_by("created", "pk").first()


def _show(conversation: "Conversation", leaf: Message | None) -> None:
    conversation.leaf = leaf
    conversation.save(update_fields=["leaf"])
