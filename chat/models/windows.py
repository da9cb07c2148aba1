"""The piece of a conversation that a page shows, with the place of each message in the tree."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from .messages import Message
from .room import mark_first_sent
from .tree import path_before, path_of
from .turns import Turn

if TYPE_CHECKING:
    from .conversations import Conversation

# What a page shows at first, and the most that it shows of the end of a conversation.
WINDOW = 30
WINDOW_MAX = 500
# The most after a message that a link leads to, for all of it since then to be shown.
LINKED = 60


@dataclass(frozen=True, slots=True)
class Branch:
    """The place of a message among those that answer the same one, with its neighbours."""

    number: int
    count: int
    previous: uuid.UUID | None
    next: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of the shown path, in its order. Before the message `earlier` there is more."""

    messages: list[Message]
    earlier: Message | None


def window_of(
    conversation: "Conversation", *, before: uuid.UUID | None = None, since: uuid.UUID | None = None
) -> Window:
    """The end of the shown path: a screenful, or all of it `since` a message or what stands in its place.

    With `before`, the screenful before that message.
    """
    if before and (later := conversation.messages.filter(pk=before).first()):
        return _cut(path_before(later, WINDOW + 1), WINDOW)
    if since and (first := conversation.messages.filter(pk=since).first()):
        path = path_of(conversation, WINDOW_MAX + 1, first.parent_id)
        if path and path[0].parent_id == first.parent_id:
            return Window(path, path[0] if first.parent_id else None)
        return _cut(path, WINDOW_MAX if len(path) > WINDOW_MAX else WINDOW)
    return _cut(path_of(conversation, WINDOW + 1), WINDOW)


def around(path: Sequence[uuid.UUID], message: uuid.UUID) -> uuid.UUID | None:
    """The message of the path before which to look for one that was said long ago, to see it amid a screenful; None where all
    that was said since then is not too much."""
    at = path.index(message)
    return path[at + WINDOW // 2] if len(path) - at > LINKED else None


def place(messages: list[Message], leaf: uuid.UUID | None) -> list[Message]:
    """Tell messages of the path where they stand. At the end of it, the answer beside the last one is with them."""
    shown = [*messages[:-1], *_pair(messages[-1], leaf)] if messages else []
    branches = _branches(shown)
    for message in shown:
        message.is_last = message.column > 0 or message.pk == leaf
        message.branch = None if message.column else branches.get(message.pk)
    mark_first_sent(shown, leaf)
    return shown


def _pair(message: Message, leaf: uuid.UUID | None) -> list[Message]:
    """A message and, where both are the end of what is shown, the one beside it, in their order."""
    turn: Turn | None = getattr(message, "turn", None)
    partner = turn.partner() if turn else None
    if turn is None or partner is None or leaf not in (message.pk, partner.message_id):
        return [message]
    if message.pk != leaf and message.children.exists():
        return [message]
    other = message.conversation.messages.select_related("turn", "feedback").get(pk=partner.message_id)
    pair = [other, message] if turn.beside_id else [message, other]
    for column, each in enumerate(pair, 1):
        each.column = column
    return pair


def _branches(path: Sequence[Message]) -> dict[uuid.UUID, Branch]:
    """By message, for those of the path that have siblings."""
    siblings: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for pk, parent in _siblings(path):
        siblings.setdefault(parent, []).append(pk)
    found = ((message.pk, _branch(message.pk, siblings[message.parent_id])) for message in path)
    return {pk: branch for pk, branch in found if branch.count > 1}


def _cut(path: list[Message], most: int) -> Window:
    shown = path[-most:]
    return Window(shown, shown[0] if len(path) > most else None)


def _siblings(path: Iterable[Message]) -> list[tuple[uuid.UUID, uuid.UUID | None]]:
    """Ids with their parents. An answer that another one goes on from is not counted, unless it is shown."""
    shown = [message.pk for message in path]
    parents = [message.parent_id for message in path if message.parent_id]
    rows = list(_counted(Message.objects.filter(parent__in=parents), shown))
    if root := next((message for message in path if message.parent_id is None), None):
        rows += _counted(Message.objects.filter(conversation=root.conversation_id, parent=None), shown)
    return rows


def _counted(
    messages: models.QuerySet[Message], shown: list[uuid.UUID]
) -> models.QuerySet[Message, tuple[uuid.UUID, uuid.UUID | None]]:
    gone_on = Turn.objects.filter(continues__message=OuterRef("pk"))
    led_on = Message.objects.filter(parent=OuterRef("pk"))
    counted = messages.filter(models.Q(pk__in=shown) | ~Exists(gone_on) | Exists(led_on))
    return counted.order_by("created", "pk").values_list("pk", "parent_id")


def _branch(message: uuid.UUID, siblings: list[uuid.UUID]) -> Branch:
    at = siblings.index(message)
    previous = siblings[at - 1] if at else None
    following = siblings[at + 1] if at + 1 < len(siblings) else None
    return Branch(at + 1, len(siblings), previous, following)
