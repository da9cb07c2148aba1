"""Links under which somebody without an account can read a frozen copy of a conversation."""

import secrets
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .conversations import Conversation
from .messages import Message


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ShareQuerySet(models.QuerySet["Share"]):
    def visible_to(self, user: Any) -> "ShareQuerySet":
        return self.filter(conversation__user_id=user.pk)

    def readable(self, now: datetime | None = None) -> "ShareQuerySet":
        return self.filter(Q(expires=None) | Q(expires__gt=now or timezone.now()))


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
