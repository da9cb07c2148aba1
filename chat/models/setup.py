"""The one-time link that makes the first administrator."""

import hashlib
import secrets
from typing import Self

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone


class SetupLink(models.Model):
    token_hash = models.CharField(max_length=64, primary_key=True)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"set-up link of {self.created:%Y-%m-%d %H:%M}"

    @classmethod
    def issue(cls) -> str | None:
        """A fresh token, which replaces any unused one; None once an administrator exists."""
        if User.objects.filter(is_superuser=True).exists():
            return None
        token = secrets.token_urlsafe(32)
        with transaction.atomic():
            cls.objects.filter(used=None).delete()
            cls.objects.create(token_hash=_digest(token))
        return token

    @classmethod
    def find(cls, token: str) -> Self | None:
        if User.objects.filter(is_superuser=True).exists():
            return None
        return cls.objects.filter(token_hash=_digest(token), used=None).first()

    @transaction.atomic
    def redeem(self, username: str, password: str) -> User | None:
        """The administrator, made by the one request that gets to use the link; None for all others."""
        won = SetupLink.objects.filter(pk=self.pk, used=None).update(used=timezone.now())
        return User.objects.create_superuser(username, password=password) if won else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
