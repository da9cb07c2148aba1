"""What replies cost, and whose they were: kept without a word of them, and for longer than their conversations."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Sum
from django.utils import timezone

from chat import budget

from .tree import path_before

if TYPE_CHECKING:
    from .providers import Model
    from .turns import Turn

MILLION = 1_000_000
SMALLEST = Decimal("0.000001")
# A model's own tokens are worth this many of ours at least, and at most; a new reply moves what we hold by a fifth.
LEAST_SCALE, MOST_SCALE, LEARNS = 0.25, 4.0, 0.2
# Of shorter prompts the server's own words around them are too large a share.
TELLING_TOKENS = 200


def cost_of(model: "Model | None", read: int | None, written: int | None) -> Decimal | None:
    """By the prices of a model; None where it has none. What the server had cached counts as read."""
    if model is None or (model.input_price is None and model.output_price is None):
        return None
    cost = (read or 0) * (model.input_price or Decimal(0)) + (written or 0) * (
        model.output_price or Decimal(0)
    )
    return (cost / MILLION).quantize(SMALLEST, ROUND_HALF_EVEN)


def settle(turn: "Turn", parts: Iterable[Mapping[str, Any]], said: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a turn that ends with `parts`: its tokens, as its server `said` or else by our estimate, and its cost.

    Nothing, where the server has neither said nor written anything: a request that was refused is not paid for.
    """
    read, written = said.get("prompt_tokens"), said.get("completion_tokens")
    scale = (turn.model.scale if turn.model else None) or 1
    guess = _written(turn, parts)
    if read is None and written is None and not guess:
        return {}
    is_estimate = read is None or written is None
    read = round(_read(turn) * scale) if read is None else read
    written = round(guess * scale) if written is None else written
    tokens = {"prompt_tokens": read, "completion_tokens": written}
    return {**tokens, "is_estimate": is_estimate, "cost": cost_of(turn.model, read, written)}


def _written(turn: "Turn", parts: Iterable[Mapping[str, Any]]) -> int:
    """Without what the reply took over from the one that it goes on from."""
    tokens = sum(
        budget.tokens_of(part.get("text", "")) for part in parts if part["type"] in ("text", "reasoning")
    )
    tokens += sum(budget.tokens_of(part["arguments"]) for part in parts if part["type"] == "tool_call")
    before = turn.continues.message.text if turn.continues else ""
    return max(0, tokens - budget.tokens_of(before))


def _read(turn: "Turn") -> int:
    """What was sent; after a death we know no better than to count the conversation."""
    if turn.estimate:
        return turn.estimate
    sent = path_before(turn.message)[turn.left_out :]
    system = turn.message.conversation.settings.get("system", "")
    return budget.tokens_of(system) + sum(
        budget.MESSAGE_TOKENS + budget.tokens_of(message.text) for message in sent
    )


def learn(turn: "Turn") -> None:
    """What a token of ours is worth in tokens of the model, as the server has just told."""
    model, read = turn.model, turn.prompt_tokens
    if model is None or not read or turn.is_estimate or turn.rounds > 1 or turn.estimate < TELLING_TOKENS:
        return
    told = min(max(read / turn.estimate, LEAST_SCALE), MOST_SCALE)
    scale = told if model.scale is None else model.scale + LEARNS * (told - model.scale)
    type(model).objects.filter(pk=model.pk).update(scale=scale)


class SpendingQuerySet(models.QuerySet["Spending"]):
    def visible_to(self, user: Any) -> "SpendingQuerySet":
        return self.filter(user_id=user.pk)

    def between(self, first: date, last: date) -> "SpendingQuerySet":
        return self.filter(day__gte=first, day__lte=last)

    def by(self, *fields: str) -> list[dict[str, Any]]:
        """What each value of `fields` comes to, in their order; without any, all of it."""
        sums = {name: Sum(name, default=0) for name in FIGURES}
        if not fields:
            return [self.aggregate(**sums)]
        return list(self.order_by(*fields).values(*fields).annotate(**sums))

    def model_names(self) -> list[str]:
        """Of all models that ever answered, one step of an index for each of them."""
        with connection.cursor() as cursor:
            cursor.execute(MODEL_NAMES)
            return [name for (name,) in cursor.fetchall()]

    def add(self, turn: "Turn") -> None:
        """A turn that has ended, in the transaction of its end, so that it is counted once."""
        if turn.prompt_tokens is None:
            return
        key: dict[str, Any] = {
            "user_id": turn.user_id,
            "day": timezone.localdate(),
            "model_name": turn.model_name,
        }
        more: dict[str, int | Decimal] = {
            "turns": 1,
            "prompt_tokens": turn.prompt_tokens,
            "completion_tokens": turn.completion_tokens or 0,
            "cost": turn.cost or Decimal(0),
            "estimated": int(turn.is_estimate),
            "unpriced": int(turn.cost is None),
        }
        changes = {name: F(name) + value for name, value in more.items()}
        if not self.filter(**key).update(**changes):
            self.get_or_create(**key)
            self.filter(**key).update(**changes)


MODEL_NAMES = """
    WITH RECURSIVE known(name) AS (
        SELECT min(model_name) FROM chat_spending
        UNION ALL
        SELECT (SELECT min(model_name) FROM chat_spending WHERE model_name > known.name) FROM known WHERE name IS NOT NULL
    )
    SELECT name FROM known WHERE name IS NOT NULL
"""
FIGURES = ("turns", "prompt_tokens", "completion_tokens", "cost", "estimated", "unpriced")


class Spending(models.Model):
    """The replies of a person, a day and a model. `estimated` of them were counted by us, `unpriced` had no price."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="spendings")
    day = models.DateField(default=timezone.localdate)
    model_name = models.CharField("model", max_length=200)
    turns = models.PositiveIntegerField("replies", default=0)
    prompt_tokens = models.BigIntegerField("tokens read", default=0)
    completion_tokens = models.BigIntegerField("tokens written", default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=6, default=Decimal(0))
    estimated = models.PositiveIntegerField(default=0)
    unpriced = models.PositiveIntegerField(default=0)

    objects = SpendingQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "spending"
        indexes = [
            models.Index(fields=["-day"], name="spending_by_day"),
            models.Index(fields=["model_name", "-day"], name="spending_by_model"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day", "model_name"], name="one_spending_per_day_and_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day} {self.model_name}"
