"""What was seen of a turn's stream, for those who look into it."""

from django.db import models
from django.utils import timezone

from .turns import Turn


class Trace(models.Model):
    """`events` is gzipped JSONL, one object an event of the provider's stream, redacted; see chat/turns/tracing.py."""

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="trace")
    events = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes of JSONL, before compression.")
    cut = models.BooleanField(default=False, help_text="There was more than is kept of one turn.")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created"], name="trace_created")]

    def __str__(self) -> str:
        return f"trace of {self.turn_id}"
