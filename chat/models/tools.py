"""What models may call, and each call that was made."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from .providers import seal, server_url, unseal
from .turns import Turn


class McpServer(models.Model):
    """A server of tools. `headers` may hold tokens and are stored encrypted, as JSON of name and value."""

    name = models.SlugField(max_length=40, unique=True)
    url = models.CharField("URL", max_length=300, validators=[server_url])
    headers_sealed = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    timeout_seconds = models.FloatField(default=60)
    checked = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=400, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "MCP server"

    def __str__(self) -> str:
        return self.name

    @property
    def headers(self) -> str:
        return unseal(self.headers_sealed)

    @headers.setter
    def headers(self, value: str) -> None:
        self.headers_sealed = seal(value)


class ToolQuerySet(models.QuerySet["Tool"]):
    def usable_by(self, user: Any) -> "ToolQuerySet":
        allowed = models.Q(groups=None) | models.Q(groups__in=user.groups.all())
        served = models.Q(server=None) | models.Q(server__enabled=True)
        return self.filter(allowed, served, enabled=True, gone=False).distinct()


class Tool(models.Model):
    """A tool that models may be told of: one of settings.TOOLS, or of an MCP server. `name` is what the model calls it."""

    class Approval(models.TextChoices):
        NEVER = "never", "never"
        ALWAYS = "always", "always"
        FIRST = "first", "the first time"

    name = models.CharField(max_length=64, unique=True)
    server = models.ForeignKey(
        McpServer, null=True, blank=True, on_delete=models.CASCADE, related_name="tools"
    )
    remote_name = models.CharField(max_length=200, blank=True, editable=False)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    schema = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=False)
    gone = models.BooleanField(default=False, editable=False)
    approval = models.CharField(max_length=8, choices=Approval.choices, default=Approval.ALWAYS)
    has_effects = models.BooleanField(
        default=True,
        help_text="Whether a call changes anything: then it is never made a second time by itself.",
    )
    groups = models.ManyToManyField(
        "auth.Group", blank=True, help_text="Who may use it; everybody where no group is chosen."
    )

    objects = ToolQuerySet.as_manager()

    class Meta:
        ordering = ["server__name", "name"]

    def __str__(self) -> str:
        return self.title or self.name


class ToolConsent(models.Model):
    """Somebody has allowed a tool that asks the first time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tool_consents")
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="consents")
    given = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tool"], name="one_consent_per_tool")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.tool_id}"


class Lost(Exception):
    """Another runner owns the turn by now."""


class ToolUseQuerySet(models.QuerySet["ToolUse"]):
    def visible_to(self, user: Any) -> "ToolUseQuerySet":
        return self.filter(turn__message__conversation__user_id=user.pk)

    @transaction.atomic
    def note(self, turn: Turn, call: str, **fields: Any) -> "ToolUse":
        """Write down what is about to happen with a call, or has happened. Raises `Lost`."""
        if not turn.is_owned():
            raise Lost
        return self.update_or_create(turn=turn, call=call, defaults=fields)[0]

    def decided(self, turns: Iterable[uuid.UUID]) -> "ToolUseQuerySet":
        """The calls of these turns that somebody was asked about and has answered."""
        return self.filter(turn__in=turns, status=ToolUse.Status.ASKING, allowed__isnull=False)

    def give_up(self, turn: Turn, unknown: str, stopped: str) -> list["ToolUse"]:
        """Of a turn whose runner died: what may have happened is unknown, and with `stopped` nobody is asked any more."""
        uses = self.filter(turn=turn)
        uses.filter(status=ToolUse.Status.RUNNING).update(status=ToolUse.Status.UNKNOWN, result=unknown)
        if stopped:
            uses.filter(status=ToolUse.Status.ASKING).update(status=ToolUse.Status.DENIED, result=stopped)
        return list(uses)

    def keep(self, former: Turn, turn: Turn) -> None:
        """The calls of `former` that are done with, for a turn that continues it."""
        for use in self.filter(turn=former).select_related("tool"):
            if use.is_settled:
                use.pk, use.turn = None, turn
                use.save(force_insert=True)


class ToolUse(models.Model):
    """One call, from the moment the model had written it. The row says `running` before anything is done, so that after a
    death it is known what may have been done.

    asking: a person is to allow it; running; done; failed: the result says why; denied; unknown: a runner died while it ran.
    """

    class Status(models.TextChoices):
        ASKING = "asking"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        DENIED = "denied"
        UNKNOWN = "unknown"

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="uses")
    call = models.CharField(max_length=100)
    tool = models.ForeignKey(Tool, null=True, on_delete=models.SET_NULL, related_name="uses")
    name = models.CharField(max_length=200)
    arguments = models.TextField()
    status = models.CharField(max_length=8, choices=Status.choices)
    allowed = models.BooleanField(null=True, help_text="What the person said who was asked.")
    result = models.TextField(blank=True)
    asked = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    objects = ToolUseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["-asked"], name="use_asked")]
        constraints = [models.UniqueConstraint(fields=["turn", "call"], name="one_use_per_call")]

    def __str__(self) -> str:
        return f"{self.name} {self.status}"

    @property
    def seconds(self) -> float | None:
        return (self.finished - self.started).total_seconds() if self.started and self.finished else None

    @property
    def is_settled(self) -> bool:
        """Whether it stays as it is. What nobody allowed yet can be asked again, and what may or may not have happened
        can be done again where that changes nothing."""
        if self.status in (self.Status.RUNNING, self.Status.UNKNOWN):
            return self.tool is None or self.tool.has_effects
        return self.status != self.Status.ASKING

    def decide(self, allowed: bool, remember: bool = False) -> bool:
        """What the person says who is asked. With `remember`, a tool that asks the first time asks no more. False where
        nobody waits for it any longer."""
        waiting = Q(status=self.Status.ASKING, allowed=None, turn__status=Turn.Status.RUNNING)
        told = ToolUse.objects.filter(waiting, pk=self.pk).update(allowed=allowed)
        if told and allowed and remember and self.tool and self.tool.approval == Tool.Approval.FIRST:
            ToolConsent.objects.get_or_create(user_id=self.turn.user_id, tool=self.tool)
            others = ToolUse.objects.filter(waiting, tool=self.tool, turn__user_id=self.turn.user_id)
            others.update(allowed=True)
        return bool(told)
