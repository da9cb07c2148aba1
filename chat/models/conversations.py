"""A conversation is a tree of messages owned by one person; what is shown is the path from its root to `leaf`."""

import uuid
from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings as config
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from . import asking, branches, files, forks, tree, windows
from .folders import Folder
from .messages import Message
from .providers import Model
from .refusals import Refused
from .search import SearchEntry
from .turns import Turn

__all__ = ["Conversation", "ConversationQuerySet", "Refused", "title_of", "topic_of", "user_topic"]

TITLE_CHARS = 60


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: Any) -> "ConversationQuerySet":
        return self.filter(user_id=user.pk)

    def listed(self) -> "ConversationQuerySet":
        """Those that stand in the sidebar."""
        return self.filter(archived=False, temporary=False)

    def visible_pairs(self, pairs: set[tuple[int, uuid.UUID]]) -> set[tuple[int, uuid.UUID]]:
        """`visible_to` for many readers at once: those of the (user, conversation) pairs that it would let through."""
        found = self.filter(pk__in={conversation for _, conversation in pairs}).values_list("user_id", "pk")
        return pairs & set(found)

    def start(
        self,
        user: Any,
        text: str,
        key: str,
        model: Model | None,
        beside: Model | None = None,
        attachments: Sequence[uuid.UUID] = (),
        **fields: Any,
    ) -> Turn:
        """A new conversation with its first question. `fields` are of the conversation: `temporary`, `settings`."""

        def write() -> Turn:
            conversation = self.create(user=user, title=title_of(text), model=model, **fields)
            question = asking.put_question(conversation, None, text, attachments)
            if not text and question.parts:
                conversation.title = title_of(question.parts[0]["name"])
                conversation.save(update_fields=["title"])
            SearchEntry.objects.put_title(conversation)
            return asking.put_turn(conversation, question, key, model, beside=beside)

        # Nobody else knows of it yet: there is nothing to wait for, and nothing to look at.
        return asking.once(user.pk, key, write)


class Conversation(models.Model):
    """`temporary` ones are in no list, and are gone for good once their owner leaves them."""

    class TitledBy(models.TextChoices):
        QUESTION = "question"
        MODEL = "model"
        PERSON = "person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(config.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    leaf = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    model = models.ForeignKey(Model, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    settings = models.JSONField(default=dict, blank=True)
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    temporary = models.BooleanField(default=False)
    titled_by = models.CharField(max_length=10, choices=TitledBy.choices, default=TitledBy.QUESTION)
    folder = models.ForeignKey(
        Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated"]
        indexes = [
            models.Index(fields=["user", "-updated"], name="conversation_of_user"),
            models.Index(fields=["user", "archived", "-pinned", "-updated"], name="conversation_in_sidebar"),
            models.Index(fields=["-updated"], name="conversation_updated"),
            models.Index(
                fields=["updated"], condition=models.Q(temporary=True), name="conversation_temporary"
            ),
            models.Index(fields=["model", "-updated"], name="conversation_by_model"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])

    @property
    def topic(self) -> str:
        return topic_of(self.pk)

    def path(self) -> list[Message]:
        """The messages from the root to the leaf, each with its turn."""
        return tree.path_of(self)

    def window(self, before: uuid.UUID | None = None, since: uuid.UUID | None = None) -> windows.Window:
        """The piece of the path that a page shows: its end, or what was said `before` a message."""
        self.refresh_from_db(fields=["leaf", "title"])
        window = windows.window_of(self, before=before, since=since)
        if window.messages and not before:
            # Read at one moment with the messages, which is later.
            self.leaf_id = window.messages[-1].pk
        return windows.Window(windows.place(window.messages, self.leaf_id), window.earlier)

    def ask(
        self,
        text: str,
        key: str,
        model: Model | None = None,
        beside: Model | None = None,
        attachments: Sequence[uuid.UUID] = (),
    ) -> Turn:
        """A question at the end of what is shown, and the turn that is to answer it."""

        def write(conversation: Self) -> Turn:
            asking.refuse_while_replying(conversation)
            question = asking.put_question(conversation, conversation.leaf_id, text, attachments)
            return asking.put_turn(conversation, question, key, model, beside=beside)

        return asking.locked(self, key, write)

    def edit(
        self,
        message: Message,
        text: str,
        key: str,
        model: Model | None = None,
        attachments: Sequence[uuid.UUID] = (),
    ) -> Turn:
        """A question in place of `message`, which stays as a branch, and the turn that is to answer it."""

        def write(conversation: Self) -> Turn:
            if message.role != Message.Role.USER:
                raise Refused(_("Only what you said yourself can be edited."))
            asking.refuse_while_replying(conversation)
            question = asking.put_question(conversation, message.parent_id, text, attachments, edited=message)
            return asking.put_turn(conversation, question, key, model)

        return asking.locked(self, key, write)

    def answer(self, question: Message, key: str, model: Model | None = None) -> Turn:
        """An answer to a question that has none, since it was deleted."""

        def write(conversation: Self) -> Turn:
            if question.role != Message.Role.USER:
                raise Refused(_("Only a question can be answered."))
            asking.refuse_while_replying(conversation)
            return asking.put_turn(conversation, question, key, model)

        return asking.locked(self, key, write)

    def answer_again(self, turn: Turn, key: str, model: Model | None = None) -> Turn:
        """A new answer to the question of `turn`: regenerate, or retry after a failure."""
        return self._in_place_of(turn, key, model or turn.model)

    def answer_on(self, turn: Turn, key: str) -> Turn:
        """An answer that begins with the text which `turn` kept, and goes on from there."""
        return self._in_place_of(turn, key, turn.model, continues=turn)

    def _in_place_of(self, turn: Turn, key: str, model: Model | None, continues: Turn | None = None) -> Turn:
        def write(conversation: Self) -> Turn:
            question = asking.question_of(turn)
            asking.refuse_while_replying(conversation, but=turn)
            made = asking.put_turn(conversation, question, key, model, continues=continues)
            made.replace(turn)
            return made

        return asking.locked(self, key, write)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """With the files that were given in it."""
        Turn.objects.hold(self.messages.all())
        names = files.leaving(self.messages.all())
        gone = super().delete(*args, **kwargs)
        files.forget_after_commit(names)
        return gone

    def choose(self, message: Message) -> None:
        branches.choose(self, message)

    def prune(self, message: Message) -> None:
        branches.prune(self, message)

    def fork(self, message: Message) -> "Conversation":
        return forks.fork(self, message)

    def rename(self, title: str) -> None:
        self.title, self.titled_by = " ".join(title.split())[:200], self.TitledBy.PERSON
        self.save(update_fields=["title", "titled_by"])
        SearchEntry.objects.put_title(self)

    def configure(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.save(update_fields=["settings"])

    def pin(self, pinned: bool) -> None:
        self.pinned = pinned
        self.save(update_fields=["pinned"])

    def archive(self, archived: bool) -> None:
        self.archived = archived
        self.save(update_fields=["archived"])

    def move_to(self, folder: Folder | None) -> None:
        self.folder = folder
        self.save(update_fields=["folder"])


def topic_of(conversation: uuid.UUID | str) -> str:
    return f"conversation:{conversation}"


def user_topic(user_id: int) -> str:
    return f"user:{user_id}"


def title_of(text: str) -> str:
    """The first line of a question, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= TITLE_CHARS:
        return line or "New chat"
    head = line[:TITLE_CHARS]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head else head}…"
