"""What the page around a conversation needs, for every template."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from .models import Conversation, Model
from .models.providers import Provider
from .models.sidebar import Sidebar, sidebar_of

SIDEBAR_ROWS = 100
SIDEBAR_MOST_ROWS = 2000
TIMEZONE_COOKIE = "rivulet_timezone"


@dataclass(frozen=True, slots=True)
class Shown:
    """The sidebar as it is drawn: `days` are names of time with what is from then; `rows` says how many were asked for."""

    lists: Sidebar
    days: list[tuple[str, list[Conversation]]]
    rows: int

    @property
    def next_rows(self) -> int:
        return min(self.rows + SIDEBAR_ROWS, SIDEBAR_MOST_ROWS)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Nothing here asks the database before a template uses it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    models = SimpleLazyObject(lambda: list(Model.objects.usable(user)))
    return {
        "sidebar": SimpleLazyObject(lambda: _sidebar(request)),
        "models": models,
        "demo_only": SimpleLazyObject(lambda: _demo_only(list(models))),
        "new_key": lambda: uuid.uuid4().hex,
    }


def _sidebar(request: HttpRequest) -> Shown:
    asked = request.GET.get("rows", "")
    rows = min(int(asked), SIDEBAR_MOST_ROWS) if asked.isdecimal() and len(asked) < 6 else SIDEBAR_ROWS
    lists = sidebar_of(request.user, rows)
    zone = _zone(request.COOKIES.get(TIMEZONE_COOKIE, ""))
    return Shown(lists, by_day(lists.recent, timezone.now().astimezone(zone)), rows)


def _zone(name: str) -> tzinfo:
    """Where the browser says that it is."""
    try:
        return ZoneInfo(name) if name else timezone.get_default_timezone()
    except (ValueError, LookupError, OSError):
        return timezone.get_default_timezone()


def by_day(conversations: Iterable[Conversation], now: datetime) -> list[tuple[str, list[Conversation]]]:
    """The newest first, under what people call the time they are from."""
    names = ((_name(each.updated.astimezone(now.tzinfo).date(), now.date()), each) for each in conversations)
    return [(name, [each for _, each in rows]) for name, rows in groupby(names, key=lambda pair: pair[0])]


def _name(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=8):
        return _("Previous 7 days")
    if day > today - timedelta(days=31):
        return _("Previous 30 days")
    return date_format(day, "F" if day.year == today.year else "F Y")


def _demo_only(models: list[Model]) -> bool:
    return all(model.provider.kind == Provider.Kind.DEMO for model in models)
