"""Keys with which programs ask in somebody's name."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

NOTED_EVERY = timedelta(minutes=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: Any) -> "ApiKeyQuerySet":
        return self.filter(user_id=user.pk)

    def holding(self, key: str) -> "ApiKey | None":
        """Whose key this is, as long as they may come in."""
        found = self.filter(digest=digest(key), user__is_active=True).select_related("user").first()
        if found is not None:
            found.note_use()
        return found


class ApiKey(models.Model):
    """Only a digest is stored: the key itself is shown once. It is random enough for a plain hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    created = models.DateTimeField(default=timezone.now)
    used = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name

    def note_use(self) -> None:
        """To the minute: a program asks often."""
        long_ago = timezone.now() - NOTED_EVERY
        if self.used is None or self.used < long_ago:
            ApiKey.objects.filter(pk=self.pk).update(used=timezone.now())

    @classmethod
    def issue(cls, user: Any, name: str) -> tuple["ApiKey", str]:
        """The row and the key in clear, which is had nowhere else."""
        key = f"rv-{secrets.token_urlsafe(32)}"
        return cls.objects.create(user=user, name=name, digest=digest(key), hint=key[-4:]), key


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
