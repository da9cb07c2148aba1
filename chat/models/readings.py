"""Who read somebody else's conversation in the admin."""

from django.conf import settings
from django.db import models


class TranscriptReading(models.Model):
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reader_name = models.CharField(max_length=150)
    conversation = models.UUIDField(db_index=True)
    owner_name = models.CharField(max_length=150)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="reading_at")]

    def __str__(self) -> str:
        return f"{self.reader_name} read {self.conversation}"
