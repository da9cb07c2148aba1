"""What one person's sidebar shows. So many queries however much there is, and so many rows of each kind."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from .conversations import Conversation, ConversationQuerySet
from .folders import Folder
from .turns import Turn

PINNED = 50
IN_A_FOLDER = 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder with the newest conversations in it, of `count`."""

    folder: Folder
    rows: list[Conversation]
    count: int

    @property
    def more(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True, slots=True)
class Sidebar:
    """A conversation is in one place: among the pinned, else in its folder, else in the list, newest first."""

    pinned: list[Conversation]
    shelves: list[Shelf]
    recent: list[Conversation]
    more: bool
    writing: set[uuid.UUID]

    @property
    def is_empty(self) -> bool:
        return not (self.pinned or self.shelves or self.recent)


def sidebar_of(user: Any, rows: int) -> Sidebar:
    listed = Conversation.objects.visible_to(user).listed().only("pk", "title", "updated", "folder_id")
    recent = list(listed.filter(pinned=False, folder=None).order_by("-updated")[: rows + 1])
    return Sidebar(
        list(listed.filter(pinned=True).order_by("-updated")[:PINNED]),
        _shelves(user, listed.filter(pinned=False, folder__isnull=False)),
        recent[:rows],
        len(recent) > rows,
        _writing(user),
    )


def _writing(user: Any) -> set[uuid.UUID]:
    """Without an order, for which SQLite would read all replies there ever were."""
    active = Turn.objects.active().filter(user=user).order_by()
    return set(active.values_list("message__conversation_id", flat=True))


def _shelves(user: Any, filed: ConversationQuerySet) -> list[Shelf]:
    folders = list(Folder.objects.visible_to(user))
    if not folders:
        return []
    by_folder = Window(RowNumber(), partition_by=[F("folder_id")], order_by=F("updated").desc())
    first = filed.order_by().annotate(place=by_folder).filter(place__lte=IN_A_FOLDER)
    shown: dict[int | None, list[Conversation]] = {}
    for conversation in sorted(first, key=lambda each: each.updated, reverse=True):
        shown.setdefault(conversation.folder_id, []).append(conversation)
    counts = dict(filed.order_by().values_list("folder_id").annotate(Count("pk")))
    return [Shelf(folder, shown.get(folder.pk, []), counts.get(folder.pk, 0)) for folder in folders]
