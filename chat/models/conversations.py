"""A conversation is a tree of messages owned by one person; what is shown is the path from its root to `leaf`."""

import uuid
from typing import Any, Self

from django.conf import settings as config
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone

from .folders import Folder
from .messages import Message
from .providers import Model
from .search import SearchEntry
from .turns import Turn

TITLE_CHARS = 60


class Refused(Exception):
    """A request that cannot be carried out. Its message is fit for the person who made it; `status` is HTTP's."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status


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

    def start(self, user: Any, text: str, key: str, model: Model | None, **fields: Any) -> Turn:
        """A new conversation with its first question. `fields` are of the conversation: `temporary`, `settings`."""
        existing = Turn.objects.filter(user=user, key=key).first()
        if existing:
            return existing
        try:
            with transaction.atomic():
                conversation = self.create(user=user, title=title_of(text), model=model, **fields)
                SearchEntry.objects.put_title(conversation)
                # Nobody else knows of it yet: there is nothing to wait for, and nothing to look at.
                return conversation._queue(conversation, conversation._question(text), None, key, model)
        except IntegrityError:
            return Turn.objects.get(user=user, key=key)


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
        """The messages from the root to the leaf, each with its turn.

        The leaf is read after the messages: a page may then know a change that its cursor will bring once more, but never
        miss one.
        """
        by_id = {message.pk: message for message in self.messages.select_related("turn")}
        self.refresh_from_db(fields=["leaf", "title"])
        if self.leaf_id not in by_id:
            by_id = {message.pk: message for message in self.messages.select_related("turn")}
        shown: list[Message] = []
        at = self.leaf_id
        while at is not None and at in by_id:
            shown.append(by_id[at])
            at = by_id[at].parent_id
        return shown[::-1]

    def ask(self, text: str, key: str, model: Model | None = None) -> Turn:
        """A question at the end of what is shown, and the turn that is to answer it."""

        def write(conversation: Self) -> tuple[Message, Turn | None]:
            if Turn.objects.active().filter(message=conversation.leaf).exists():
                raise Refused("A reply is still being written. Wait for it, or stop it first.")
            return conversation._question(text), None

        return self._request(write, key, model)

    def answer_again(self, turn: Turn, key: str, model: Model | None = None) -> Turn:
        """A new answer beside that of `turn`: regenerate, or retry after a failure."""
        return self._request(lambda _: (_question_of(turn), None), key, model or turn.model)

    def answer_on(self, turn: Turn, key: str) -> Turn:
        """An answer that begins with the text which `turn` kept, and goes on from there."""
        return self._request(lambda _: (_question_of(turn), turn), key, turn.model)

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
    def _request(self, write: Any, key: str, model: Model | None) -> Turn:
        same = Turn.objects.filter(user_id=self.user_id, key=key)
        if existing := same.first():
            return existing
        try:
            with transaction.atomic():
                conversation = type(self).objects.select_for_update().get(pk=self.pk)
                # Again, now that we wait for nobody: its twin would refuse this one as a second question.
                if existing := same.first():
                    return existing
                question, continues = write(conversation)
                return self._queue(conversation, question, continues, key, model or conversation.model)
        except IntegrityError:
            # The same request came twice at once; the other one has made the turn.
            return same.get()

    def _question(self, text: str) -> Message:
        parts = [{"type": "text", "text": text}]
        question = self.messages.create(
            parent_id=self.leaf_id, role=Message.Role.USER, text=text, parts=parts
        )
        SearchEntry.objects.put_message(question)
        return question

    def _queue(
        self, conversation: Self, question: Message, continues: Turn | None, key: str, model: Model | None
    ) -> Turn:
        model = model or Model.objects.usable().first()
        if model is None:
            raise Refused("No model is connected yet. An administrator can connect one.")
        if Turn.objects.active().filter(user_id=conversation.user_id).count() >= config.TURNS_PER_USER:
            raise Refused(
                "Many of your replies are being written. Wait for one, or stop one, and send again.", 429
            )
        answer = conversation.messages.create(parent=question, role=Message.Role.ASSISTANT)
        turn = Turn.objects.create(
            message=answer,
            user_id=conversation.user_id,
            key=key,
            model=model,
            model_name=str(model),
            continues=continues,
        )
        conversation.leaf, conversation.model, conversation.updated = answer, model, timezone.now()
        conversation.save(update_fields=["leaf", "model", "updated"])
        return turn


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


def _question_of(turn: Turn) -> Message:
    if turn.is_active:
        raise Refused("This reply is still being written.")
    question = turn.message.parent
    if question is None:
        raise Refused("The question of this reply is gone.")
    return question
