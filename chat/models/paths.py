"""The shown path of a conversation of any size: ids first, the messages by the hundred."""

import uuid
from collections.abc import Iterator, Sequence

from .messages import Message

AT_ONCE = 100


def shown_ids(conversation: uuid.UUID, leaf: uuid.UUID | None) -> list[uuid.UUID]:
    """From the root to the leaf."""
    rows = Message.objects.filter(conversation_id=conversation).order_by()
    parents: dict[uuid.UUID, uuid.UUID | None] = dict(rows.values_list("pk", "parent_id"))
    path: list[uuid.UUID] = []
    while leaf in parents:
        path.append(leaf)
        leaf = parents.pop(leaf)
    return path[::-1]


def in_order(ids: Sequence[uuid.UUID], *beside: str) -> Iterator[Message]:
    """The messages of these ids with their turns and what stands `beside` them, a hundred at a time: no cursor is open
    between two of them."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = Message.objects.select_related("turn", *beside).in_bulk(list(some))
        yield from (found[pk].untie() for pk in some if pk in found)
