"""What a person had a month: by model, and day by day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from .conversations import Conversation
from .costs import Spending
from .turns import Turn

# Of a chart whose highest bar is so high, in units of its own.
HEIGHT = 100
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """`height` is of HEIGHT, by cost where anything had a price, else by tokens."""

    day: date
    turns: int
    tokens: int
    cost: Decimal
    height: int

    @property
    def top(self) -> int:
        return HEIGHT + 3 - self.height


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    models: list[dict[str, Any]]
    total: dict[str, Any]
    days: list[Day]

    @property
    def previous(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date | None:
        following = (self.first + timedelta(days=31)).replace(day=1)
        return following if following <= timezone.localdate() else None

    @property
    def is_priced(self) -> bool:
        return bool(self.total["turns"] > self.total["unpriced"])


def month_of(user: Any, asked: str = "") -> Month:
    """The month that is asked for as 2026-11, or else this one."""
    first = _first_day(asked)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    spent = Spending.objects.visible_to(user).between(first, last)
    (total,) = spent.by()
    by_model = sorted(spent.by("model_name"), key=lambda row: (-row["cost"], -row["prompt_tokens"]))
    return Month(first, by_model, total, _days(first, last, spent.by("day")))


def of_conversation(conversation: Conversation) -> dict[str, Any]:
    """As long as its messages are there; what was deleted of it is on its owner's bill alone."""
    return Turn.objects.filter(message__conversation=conversation).figures()


def _first_day(asked: str) -> date:
    today = timezone.localdate()
    try:
        first = date.fromisoformat(f"{asked}-01") if asked else today
    except ValueError:
        first = today
    return min(max(first, EARLIEST), today).replace(day=1)


def _days(first: date, last: date, rows: list[dict[str, Any]]) -> list[Day]:
    known = {row["day"]: row for row in rows}
    measure = "cost" if any(row["cost"] for row in rows) else "tokens"
    for row in rows:
        row["tokens"] = row["prompt_tokens"] + row["completion_tokens"]
    most = max((row[measure] for row in rows), default=0) or 1
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        row = known.get(day) or {"turns": 0, "tokens": 0, "cost": Decimal(0)}
        height = max(2, round(HEIGHT * row[measure] / most)) if row[measure] else 0
        days.append(Day(day, row["turns"], row["tokens"], row["cost"], height))
    return days
