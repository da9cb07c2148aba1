"""Keys with which programs ask in somebody's name."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: Any) -> "ApiKeyQuerySet":
        return self.filter(user_id=user.pk)


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

    @classmethod
    def issue(cls, user: Any, name: str) -> tuple["ApiKey", str]:
        """The row and the key in clear, which is had nowhere else."""
        key = f"rv-{secrets.token_urlsafe(32)}"
        return cls.objects.create(user=user, name=name, digest=digest(key), hint=key[-4:]), key


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
