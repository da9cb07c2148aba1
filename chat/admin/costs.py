"""Who spent what, by day and model; as a list, and as CSV."""

import csv
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Spending
from chat.templatetags.money import money

from .lists import LookOnly, number

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
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@admin.register(Spending)
class SpendingAdmin(LookOnly):
    list_display = ("day", "owner", "model_name", "replies", "tokens_in", "tokens_out", "money", "counted")
    list_display_links = None
    list_filter = ("model_name",)
    date_hierarchy = "day"
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
            (total,) = Spending.objects.filter(pk__in=found.queryset.order_by().values("pk")).by()
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
