"""Reading the tree of a conversation: the way up to the root, and what is below a message.

No query here grows with the conversation: the database walks from parent to parent as far as it is asked to.
"""

import uuid
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL

from .messages import Message

if TYPE_CHECKING:
    from .conversations import Conversation

_WHOLE = 1_000_000_000
_NOBODY = uuid.UUID(int=0)

_UP = """
    WITH RECURSIVE path(id, parent_id, depth) AS (
        SELECT id, parent_id, 1 FROM chat_message WHERE id = ({start})
        UNION ALL
        SELECT above.id, above.parent_id, path.depth + 1
        FROM path JOIN chat_message above ON above.id = path.parent_id
        WHERE path.depth < %s AND above.id <> %s
    )
    SELECT id FROM path"""
_UP_FROM_LEAF = _UP.replace("{start}", "SELECT leaf_id FROM chat_conversation WHERE id = %s")
_UP_FROM_PARENT = _UP.replace("{start}", "SELECT parent_id FROM chat_message WHERE id = %s")
_DOWN = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM chat_message WHERE id = %s
        UNION ALL
        SELECT child.id FROM below JOIN chat_message child ON child.parent_id = below.id
    )
    SELECT id FROM below"""


def path_of(
    conversation: "Conversation", limit: int = _WHOLE, above: uuid.UUID | None = None
) -> list[Message]:
    """The last `limit` messages of the shown path, or those below `above`. Leaf and messages are read at one moment."""
    return _walk(_UP_FROM_LEAF, conversation.pk, conversation.messages.all(), limit, above)


def path_before(message: Message, limit: int = _WHOLE) -> list[Message]:
    """What was said before a message, from the root or the last `limit` of it."""
    return _walk(_UP_FROM_PARENT, message.pk, message.conversation.messages.all(), limit, None)


def below(message: Message) -> models.QuerySet[Message]:
    """A message and all that came of it."""
    return Message.objects.filter(pk__in=RawSQL(_DOWN, [_key(message.pk)]))  # noqa: S611


def newest_leaf(message: Message) -> Message:
    children = Message.objects.filter(parent=OuterRef("pk"))
    leaves = below(message).filter(~Exists(children))
    return leaves.order_by("created", "pk").last() or message


def _walk(
    query: str, start: uuid.UUID, messages: models.QuerySet[Message], limit: int, above: uuid.UUID | None
) -> list[Message]:
    ids = RawSQL(query, [_key(start), limit, _key(above or _NOBODY)])  # noqa: S611
    found = messages.filter(pk__in=ids).select_related("turn", "feedback").order_by()
    by_parent = {message.parent_id: message for message in found}
    known = {message.pk for message in by_parent.values()}
    at = next((parent for parent in by_parent if parent not in known), None)
    path: list[Message] = []
    while at in by_parent:
        path.append(by_parent[at].untie())
        at = path[-1].pk
    return path


def _key(pk: uuid.UUID) -> object:
    """As this database keeps it."""
    return Message._meta.pk.get_db_prep_value(pk, connection)
