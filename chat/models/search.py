"""What can be found: the titles and the messages of conversations that stay."""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, models, transaction
from django.db.models import Q
from django.db.models.functions import Left
from django.utils import timezone

from chat import search
from chat.search import Piece, Term

from .messages import Message

if TYPE_CHECKING:
    from .conversations import Conversation

log = logging.getLogger(__name__)
ENTRIES = 200
CONVERSATIONS = 30
SNIPPETS = 3
# Conversations of one person, from which on short words are whole.
MUCH = 1000
# Nobody else can write meanwhile.
AT_ONCE = 50
# Conversations whose texts are to be taken in by the background of this process; see catching_up.
waiting: set[uuid.UUID] = set()


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that fits: where it is, and what it says around the words that were asked for."""

    message: uuid.UUID
    snippet: list[Piece]


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that fits by its title or by messages of it, of which the best are shown."""

    conversation: "Conversation"
    title: list[Piece]
    hits: list[Hit]
    more: int


@dataclass(frozen=True, slots=True)
class Results:
    """Of more messages that fit, the `newest` so many were looked at; 0, where all were. `is_closed`: short words were
    not taken for the beginnings of others."""

    found: list[Found]
    newest: int = 0
    is_closed: bool = False


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def visible_to(self, user: Any) -> "SearchEntryQuerySet":
        return self.filter(conversation__user_id=user.pk)

    def put_title(self, conversation: "Conversation") -> bool:
        if conversation.temporary:
            return False
        title, created = {"title": conversation.title}, {"created": conversation.created}
        return self._put(
            lambda: self.update_or_create(
                conversation=conversation, message=None, defaults=title, create_defaults=title | created
            ),
            conversation.user_id,
            conversation.title,
        )

    def put_message(self, message: Message) -> bool:
        """A message that says what it will say for good: a question, or a reply that has ended."""
        conversation = message.conversation
        if conversation.temporary or not message.text:
            return False
        given = {"conversation": conversation, "created": message.created}
        # By its key: an entry and a message that know each other stay, with a text of a megabyte, until they are collected.
        return self._put(
            lambda: self.get_or_create(message_id=message.pk, defaults=given),
            conversation.user_id,
            message.text,
        )

    def _put(self, make: Callable[[], "tuple[SearchEntry, bool]"], owner: int, text: str) -> bool:
        """Whether it is in. A text that cannot be found is better than one that was not kept."""
        try:
            with transaction.atomic():
                entry, _ = make()
                search.index().put(entry.pk, owner, text)
        except DatabaseError:
            log.exception("a text could not be made searchable")
            return False
        return True

    def search(self, user: Any, query: str) -> "Results":
        asked = search.parse(query)
        terms = search.closed(asked) if _has_much(user) else asked
        if not terms:
            return Results([])
        best = search.index().find(user.pk, terms, timezone.now(), ENTRIES)
        # By their numbers, and then whose they are: asked at once, SQLite reads all that somebody has.
        rows = self.filter(pk__in=best.entries).select_related("conversation__folder")
        entries = {entry.pk: entry for entry in rows if entry.conversation.user_id == user.pk}
        found = _grouped((entries[pk] for pk in best.entries if pk in entries), terms)
        return Results(found, search.RANKED if best.is_cut else 0, terms != asked)


class SearchEntry(models.Model):
    """A title, or a message. Its number is that of its words in the index, which goes with it when it is deleted.

    `title` is what the index knows as the title, and empty for a message.
    """

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE)
    message = models.OneToOneField(Message, null=True, on_delete=models.CASCADE)
    title = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(message=None), name="one_search_entry_per_title"
            )
        ]

    def __str__(self) -> str:
        return self.title or f"message {self.message_id}"


def _has_much(user: Any) -> bool:
    from .conversations import Conversation

    return Conversation.objects.visible_to(user).order_by()[MUCH : MUCH + 1].exists()


def _grouped(entries: Iterable[SearchEntry], terms: list[Term]) -> list[Found]:
    """By conversation, in the order of the best that each of them has."""
    by_conversation: dict[uuid.UUID, list[SearchEntry]] = {}
    for entry in entries:
        by_conversation.setdefault(entry.conversation_id, []).append(entry)
    shown = list(by_conversation.items())[:CONVERSATIONS]
    messages = {pk: [e.message_id for e in group if e.message_id] for pk, group in shown}
    texts = _texts([message for found in messages.values() for message in found[:SNIPPETS]])
    return [
        Found(
            group[0].conversation,
            search.snippet(group[0].conversation.title, terms),
            [
                Hit(m, search.without_marks(search.snippet(texts.get(m, ""), terms)))
                for m in messages[pk][:SNIPPETS]
            ],
            max(0, len(messages[pk]) - SNIPPETS),
        )
        for pk, group in shown
    ]


def _texts(messages: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    known = Message.objects.filter(pk__in=messages).annotate(head=Left("text", search.INDEXED_CHARS))
    return dict(known.values_list("pk", "head"))
