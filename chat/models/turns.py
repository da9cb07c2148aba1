"""The making of one assistant message."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from chat.parts import Part

from . import costs
from .messages import Message
from .search import SearchEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .providers import Model

ACTIVE = ("queued", "running")
TERMINAL = ("complete", "stopped", "failed", "interrupted")


class TurnQuerySet(models.QuerySet["Turn"]):
    def visible_to(self, user: Any) -> "TurnQuerySet":
        return self.filter(message__conversation__user_id=user.pk)

    def active(self) -> "TurnQuerySet":
        return self.filter(status__in=ACTIVE, finished=None)

    def wordless(self) -> "TurnQuerySet":
        """With their messages, of which a reply may be megabytes: what those say is looked up where somebody asks for it."""
        return self.select_related("message").defer("message__text", "message__html", "message__parts")

    def hold(self, messages: "models.QuerySet[Message] | Sequence[uuid.UUID]") -> None:
        """Before messages are deleted: an end that is being written comes first, and none comes after."""
        list(self.select_for_update().filter(message__in=messages).order_by("pk").values_list("pk"))

    def figures(self) -> dict[str, Any]:
        """What they come to, those alone that took any tokens."""
        return self.filter(prompt_tokens__isnull=False).aggregate(
            turns=models.Count("pk"),
            estimated=models.Count("pk", filter=Q(is_estimate=True)),
            unpriced=models.Count("pk", filter=Q(cost=None)),
            prompt_tokens=models.Sum("prompt_tokens", default=0),
            completion_tokens=models.Sum("completion_tokens", default=0),
            cost=models.Sum("cost"),
        )


class Turn(models.Model):
    """A runner owns a running turn by `lease_token`, which only grows, until `lease_until`.

    `checkpoint` is the journal cursor up to which `message.text` is written. `announced` says that the journal holds the
    terminal state. `key` is the browser's name for the request, so that asking twice makes one turn.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETE = "complete"
        STOPPED = "stopped"
        FAILED = "failed"
        INTERRUPTED = "interrupted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="turn")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="turns")
    key = models.CharField(max_length=64)
    model = models.ForeignKey("chat.Model", null=True, on_delete=models.SET_NULL, related_name="turns")
    model_name = models.CharField(max_length=200, help_text="As it was called when the turn was asked for.")
    continues = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="continued_by")
    beside = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The turn of another model that was asked the same question at the same time.",
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=400, blank=True)
    error_detail = models.CharField(max_length=400, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    stop_requested = models.DateTimeField(null=True)
    checkpoint = models.CharField(max_length=40, blank=True)
    announced = models.BooleanField(default=False)
    requested = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    first_token = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    finish_reason = models.CharField(max_length=40, blank=True, help_text="The model server's own word.")
    prompt_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    reasoning_tokens = models.PositiveIntegerField(null=True)
    is_estimate = models.BooleanField(
        default=False, help_text="Its tokens were counted by us, not by the model's server."
    )
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often the model was asked.")
    left_out = models.PositiveIntegerField(default=0, help_text="Messages that did not fit into the context.")
    asked_first = models.ForeignKey(
        "chat.Model",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The model that failed before its first token, where another answered in its place.",
    )
    traceparent = models.CharField(
        max_length=55,
        blank=True,
        db_default="",
        help_text="The span of the request for it, where spans are recorded.",
    )

    estimate = 0  # what the prompt takes by our own count, as far as its runner has told us
    # How many are before it in the line, as far as it waits and a page was told.
    before: int | None = None

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering = ["-requested"]
        indexes = [
            models.Index(fields=["-requested"], name="turn_requested"),
            models.Index(fields=["status", "-requested"], name="turn_by_status"),
            models.Index(fields=["model", "-requested"], name="turn_by_model"),
            models.Index(fields=["user", "-requested"], name="turn_by_user"),
            models.Index(fields=["lease_until"], condition=Q(status__in=ACTIVE), name="turn_active"),
            # By what no query gives as a parameter: SQLite uses an index of some rows only where it can tell before.
            models.Index(fields=["user"], condition=Q(finished=None), name="turn_unfinished_of_user"),
            models.Index(fields=["finished"], condition=Q(announced=False), name="turn_unannounced"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_turn_per_send_key"),
            models.CheckConstraint(condition=Q(status__in=ACTIVE + TERMINAL), name="turn_status"),
            models.CheckConstraint(
                condition=Q(status__in=ACTIVE, finished=None)
                | Q(status__in=TERMINAL, finished__isnull=False),
                name="turn_finished_once",
            ),
            models.CheckConstraint(
                condition=Q(status="running", lease_until__isnull=False, lease_token__gt=0)
                | (~Q(status="running") & Q(lease_until=None)),
                name="turn_lease_has_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def seconds_to_first_token(self) -> float | None:
        return (self.first_token - self.requested).total_seconds() if self.first_token else None

    @property
    def tokens_per_second(self) -> float | None:
        """From the first token to the end, by the server's own count."""
        if not (self.completion_tokens and self.first_token and self.finished):
            return None
        return self.completion_tokens / max((self.finished - self.first_token).total_seconds(), 0.001)

    @property
    def context_tokens(self) -> int | None:
        """What the conversation takes up to this reply and with it. Where tools were called, each round has read it anew."""
        if self.prompt_tokens is None:
            return None
        written = (self.completion_tokens or 0) - (self.reasoning_tokens or 0)
        return self.prompt_tokens // max(self.rounds, 1) + max(0, written)

    def partner(self) -> "Turn | None":
        """The turn whose answer is shown beside this one's, until somebody keeps one of the two or goes on from one."""
        other = Turn.objects.filter(pk=self.beside_id) if self.beside_id else Turn.objects.filter(beside=self)
        return other.filter(message__children=None, message__parent__children__turn=self).wordless().first()

    def part(self) -> None:
        Turn.objects.filter(Q(pk=self.pk) | Q(beside=self)).update(beside=None)

    def replace(self, former: "Turn") -> None:
        """Stand beside the partner of `former` in its place."""
        if former.beside_id:
            Turn.objects.filter(pk=self.pk).update(beside=former.beside_id)
            Turn.objects.filter(pk=former.pk).update(beside=None)
        else:
            Turn.objects.filter(beside=former).update(beside=self)

    def lease(self, seconds: float, checkpoint: str) -> bool:
        """Become the one runner of a queued turn; False where another was quicker or the turn is over.

        `checkpoint` is a cursor before anything that this runner will write.
        """
        now = timezone.now()
        won = Turn.objects.filter(pk=self.pk, status="queued").update(
            status="running",
            lease_token=F("lease_token") + 1,
            lease_until=now + timedelta(seconds=seconds),
            started=now,
            checkpoint=checkpoint,
        )
        if won:
            # By name: without names Django forgets the message and the model that were loaded with the turn.
            self.refresh_from_db(fields=["status", "lease_token", "lease_until", "started", "checkpoint"])
        return bool(won)

    def take_over(self) -> bool:
        """Fence off a runner whose lease ran out; False where it was renewed or another took over first."""
        won = Turn.objects.filter(pk=self.pk, status="running", lease_token=self.lease_token).filter(
            lease_until__lt=timezone.now()
        )
        seconds = settings.TURN_LEASE_SECONDS
        until = timezone.now() + timedelta(seconds=seconds)
        if not won.update(lease_token=F("lease_token") + 1, lease_until=until):
            return False
        # With its message, whose text the old runner may have written meanwhile.
        self.refresh_from_db(from_queryset=Turn.objects.select_related("message__conversation"))
        return True

    def requeue(self) -> bool:
        """Start again, for a turn of which nobody has seen a token."""
        return bool(
            self._owned().update(status="queued", lease_until=None, attempt=F("attempt") + 1, started=None)
        )

    def hand_over(self, other: "Model") -> bool:
        """Another model answers in place of the one that was asked first."""
        self.asked_first, self.model, self.model_name = self.model, other, str(other)
        fields = {"asked_first": self.asked_first, "model": other, "model_name": self.model_name}
        return bool(self._owned().update(**fields))

    @transaction.atomic
    def write_checkpoint(self, text: str, cursor: str, parts: list[Part] | None = None) -> bool:
        """The text, and all that led to it, as they stand at a cursor. False where this runner no longer owns the turn."""
        won = self._owned().update(checkpoint=cursor)
        if won:
            Message.objects.filter(pk=self.message_id).update(text=text, parts=_parts(text, parts))
        return bool(won)

    @transaction.atomic
    def finish(
        self,
        status: str,
        *,
        text: str,
        parts: list[Part] | None = None,
        html: str = "",
        checkpoint: str = "",
        **fields: Any,
    ) -> bool:
        """The one terminal state, with the text that goes with it, and the parts where there is more than text. False where
        this runner no longer owns the turn."""
        now = timezone.now()
        parts = _parts(text, parts)
        fields |= costs.settle(self, parts, fields)
        won = self._owned().update(
            status=status, finished=now, lease_until=None, checkpoint=checkpoint, **fields
        )
        if won:
            Message.objects.filter(pk=self.message_id).update(text=text, html=html, parts=parts)
            whole = Turn.objects.wordless().select_related("message__conversation", "model")
            self.refresh_from_db(from_queryset=whole)
            self.message.text = text
            SearchEntry.objects.put_message(self.message)
            # Whoever wants the words reads them: a turn and its message know each other, and stay until the collector comes.
            del self.message.text
            costs.Spending.objects.add(self)
            costs.learn(self)
        return bool(won)

    def request_stop(self) -> str:
        """Ask for the end. The status after asking: a queued turn is stopped at once, a running one by its runner."""
        now = timezone.now()
        if Turn.objects.filter(pk=self.pk, status="queued").update(
            status="stopped", reason="stopped", finished=now, stop_requested=now
        ):
            return "stopped"
        Turn.objects.filter(pk=self.pk, status="running", stop_requested=None).update(stop_requested=now)
        self.refresh_from_db()
        return self.status

    def is_owned(self) -> bool:
        """Whether the runner that leased it may still write. Nobody takes it over while the transaction lasts."""
        return self._owned().select_for_update().exists()

    def _owned(self) -> TurnQuerySet:
        return Turn.objects.filter(pk=self.pk, status="running", lease_token=self.lease_token)


def _parts(text: str, parts: list[Part] | None) -> list[Part]:
    if parts is not None:
        return parts
    return [{"type": "text", "text": text}] if text else []
