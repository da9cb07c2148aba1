"""Links under which somebody without an account can read a frozen copy of a conversation."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat import markdown

from .conversations import Conversation, Refused
from .messages import Message
from .paths import in_order, shown_ids

PER_CONVERSATION = 20
PER_PERSON = 200
MESSAGES_MAX = 2_000
CHARS_MAX = 2_000_000


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ShareQuerySet(models.QuerySet["Share"]):
    def visible_to(self, user: Any) -> "ShareQuerySet":
        return self.filter(conversation__user_id=user.pk)

    def readable(self, now: datetime | None = None) -> "ShareQuerySet":
        """By whoever has the link."""
        if not settings.SHARING:
            return self.none()
        return self.filter(Q(expires=None) | Q(expires__gt=now or timezone.now()))

    def freeze(
        self, conversation: Conversation, days: int | None, render: Callable[[Message], str]
    ) -> "Share":
        """A copy of what is shown now. `render` makes the HTML of a message."""
        self._check(conversation)
        messages = list(in_order(shown_ids(conversation.pk, conversation.leaf_id)))
        _check_size(messages)
        copies = [_copy(number, message, render) for number, message in enumerate(messages)]
        expires = timezone.now() + timedelta(days=days) if days else None
        with transaction.atomic():
            share = self.create(conversation=conversation, title=conversation.title, expires=expires)
            for copy in copies:
                copy.share = share
            SharedMessage.objects.bulk_create(copies, 200)
        return share

    def _check(self, conversation: Conversation) -> None:
        if not settings.SHARING:
            raise Refused(_("Sharing is switched off on this server."), 403)
        if conversation.temporary:
            raise Refused(_("A temporary chat cannot be shared."))
        mine = self.filter(conversation__user_id=conversation.user_id)
        of_this = mine.filter(conversation=conversation).count()
        if of_this >= PER_CONVERSATION or mine.count() >= PER_PERSON:
            raise Refused(_("There are many links already. Revoke one that is no longer needed."))


class Share(models.Model):
    """Revoking it deletes it. What is said in the conversation afterwards is not in it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    token = models.CharField(max_length=64, unique=True, default=new_token)
    title = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class SharedMessage(models.Model):
    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    role = models.CharField(max_length=10, choices=Message.Role.choices)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    model_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["share", "position"], name="one_message_per_position")]

    def __str__(self) -> str:
        return f"{self.role} {self.position}"

    @property
    def rendered(self) -> SafeString:
        return markdown.rendered(self.html)


def _check_size(messages: list[Message]) -> None:
    if not any(message.text_and_files for message in messages):
        raise Refused(_("There is nothing to share yet."))
    if any(turn.is_active for message in messages if (turn := getattr(message, "turn", None))):
        raise Refused(_("A reply is still being written. Share the conversation when it has ended."))
    if len(messages) > MESSAGES_MAX or sum(len(message.text) for message in messages) > CHARS_MAX:
        raise Refused(_("This conversation is too long to be shared. It can be exported as a file."))


def _copy(number: int, message: Message, render: Callable[[Message], str]) -> SharedMessage:
    turn = getattr(message, "turn", None)
    return SharedMessage(
        position=number,
        role=message.role,
        text=message.text_and_files,
        html=render(message),
        model_name=turn.model_name if turn else "",
    )
