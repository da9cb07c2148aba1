"""A conversation as it stands: its current path, and beside each message what an admin wants to know."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator

from chat.models import Conversation, Message, Turn

PAGE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A message, the turn that made it, and its place among the messages that answer the same one."""

    message: Message
    turn: Turn | None
    branch: int
    branches: int


def page_of(conversation: Conversation, number: str | None) -> tuple[Page[UUID], list[Line]]:
    """Of a conversation of any length, the ids are read whole, the texts for one page."""
    parents: dict[UUID, UUID | None] = dict(
        conversation.messages.order_by("created").values_list("pk", "parent_id")
    )
    page = Paginator(_path(parents, conversation.leaf_id), PAGE).get_page(number)
    siblings: dict[UUID | None, list[UUID]] = {}
    for pk, parent in parents.items():
        siblings.setdefault(parent, []).append(pk)
    messages = conversation.messages.select_related("turn__model", "feedback").in_bulk(list(page))
    return page, [_line(messages[pk], siblings[parents[pk]]) for pk in page if pk in messages]


def _path(parents: dict[UUID, UUID | None], leaf: UUID | None) -> list[UUID]:
    path: list[UUID] = []
    while leaf in parents:
        path.append(leaf)
        leaf = parents[leaf]
    return path[::-1]


def _line(message: Message, siblings: list[UUID]) -> Line:
    return Line(message, getattr(message, "turn", None), siblings.index(message.pk) + 1, len(siblings))
