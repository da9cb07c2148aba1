"""What was seen of a turn's stream, for those who look into it."""

import gzip
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import models
from django.utils import timezone

from .turns import Turn


class TraceQuerySet(models.QuerySet["Trace"]):
    def visible_to(self, user: Any) -> "TraceQuerySet":
        """Those of a person's own replies, where they may look into them at all."""
        mine = self.filter(turn__message__conversation__user_id=user.pk)
        return mine if settings.TRACE_FOR_OWNERS else self.none()

    def sweep(self) -> None:
        """Those that have been kept long enough are gone."""
        self.filter(created__lt=timezone.now() - timedelta(days=max(settings.TRACE_DAYS, 0))).delete()


class Trace(models.Model):
    """`events` is gzipped JSONL, one object an event of the provider's stream, redacted; see chat/turns/tracing.py."""

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="trace")
    events = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes of JSONL, before compression.")
    cut = models.BooleanField(default=False, help_text="There was more than is kept of one turn.")
    created = models.DateTimeField(default=timezone.now)

    objects = TraceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created"], name="trace_created")]

    def __str__(self) -> str:
        return f"trace of {self.turn_id}"

    @property
    def jsonl(self) -> bytes:
        return gzip.decompress(bytes(self.events))

    def told(self) -> list[dict[str, Any]]:
        """What it was made out to be, without what the server sent."""
        events = (orjson.loads(line) for line in self.jsonl.splitlines())
        return [event for event in events if event["kind"] != "raw"]
