"""Who spent what, by day and model; as a list, and as CSV."""

import csv
from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Spending
from chat.templatetags.money import money

from .lists import DayFilter, LookOnly, number

COLUMNS = (
    "day",
    "user",
    "model",
    "replies",
    "tokens read",
    "tokens written",
    "cost",
    "estimated",
    "unpriced",
)
AT_ONCE = 2000
MONTHS = 24
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class InMonth(admin.SimpleListFilter):
    """Of the last two years, by a range that an index serves."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        first = timezone.localdate().replace(day=1)
        months = [first]
        while len(months) < MONTHS:
            months.append((months[-1] - timedelta(days=1)).replace(day=1))
        return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in {value for value, _ in self.lookup_choices}:
            return queryset
        first = date.fromisoformat(f"{chosen}-01")
        last = first.replace(day=monthrange(first.year, first.month)[1])
        return queryset.filter(day__gte=first, day__lte=last)


class OnDay(DayFilter):
    title = "day"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return (
            queryset.filter(day=chosen) if chosen in {value for value, _ in self.lookup_choices} else queryset
        )


class ByModel(admin.SimpleListFilter):
    title = "model"
    parameter_name = "model_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in Spending.objects.model_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset if chosen is None else queryset.filter(model_name=chosen)


@admin.register(Spending)
class SpendingAdmin(LookOnly):
    list_display = ("day", "owner", "model_name", "replies", "tokens_in", "tokens_out", "money", "counted")
    list_display_links = None
    list_filter = (InMonth, OnDay, ByModel)
    beside = ("user",)
    search_fields = ("model_name",)
    search_help_text = "By owner or model"
    sortable_by = ("day",)
    ordering = ("-day", "user_id", "model_name")
    change_list_template = "admin/chat/spending/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        download = path("csv/", self.admin_site.admin_view(self.download), name="chat_spending_csv")
        return [download, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With what all that the filters leave comes to."""
        answer = super().changelist_view(request, extra_context)
        if found := getattr(answer, "context_data", None) and answer.context_data.get("cl"):
            (total,) = found.queryset.by()
            answer.context_data |= {"total": total, "total_cost": money(total["cost"])}
        return answer

    def download(self, request: HttpRequest) -> HttpResponse:
        """The rows of the list as it is filtered, all of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        named = rows.prefetch_related(None).select_related("user").order_by(*self.ordering)
        headers = {"Content-Disposition": 'attachment; filename="spending.csv"'}
        answer = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
        csv.writer(answer).writerows([COLUMNS, *map(_row, named.iterator(AT_ONCE))])
        return answer

    @admin.display(description="owner")
    def owner(self, spent: Spending) -> str:
        return spent.user.get_username()

    @admin.display(description="replies")
    def replies(self, spent: Spending) -> SafeString:
        return number(spent.turns)

    @admin.display(description="tokens in")
    def tokens_in(self, spent: Spending) -> SafeString:
        return number(spent.prompt_tokens)

    @admin.display(description="tokens out")
    def tokens_out(self, spent: Spending) -> SafeString:
        return number(spent.completion_tokens)

    @admin.display(description="cost")
    def money(self, spent: Spending) -> SafeString:
        return format_html(
            '<span class="number">{}</span>', money(spent.cost if spent.turns > spent.unpriced else None)
        )

    @admin.display(description="counted by us")
    def counted(self, spent: Spending) -> SafeString:
        return number(spent.estimated or None)


def _row(spent: Spending) -> tuple[object, ...]:
    names = (spent.day.isoformat(), _plain(spent.user.get_username()), _plain(spent.model_name))
    tokens = (spent.prompt_tokens, spent.completion_tokens)
    return (*names, spent.turns, *tokens, spent.cost, spent.estimated, spent.unpriced)


def _plain(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
