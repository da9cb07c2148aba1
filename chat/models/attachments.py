"""Pictures and files that people give along with a question."""

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone

from .messages import Message


def _storage() -> Storage:
    return storages["attachments"]


def _path(attachment: "Attachment", name: str) -> str:
    """By our own name alone: that of the person is text, and never a path."""
    return f"{attachment.pk.hex[:2]}/{attachment.pk.hex}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: Any) -> "AttachmentQuerySet":
        return self.filter(user_id=user.pk)


class Attachment(models.Model):
    """`message` is null until the question is sent. `text` is what a model is given of a text or PDF file, `tokens` our
    estimate of what that costs."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        TEXT = "text"
        PDF = "pdf"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    file = models.FileField(storage=_storage, upload_to=_path, max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True)
    tokens = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created"]
        indexes = [
            models.Index(fields=["created"], condition=models.Q(message=None), name="attachment_unsent")
        ]

    def __str__(self) -> str:
        return self.name
