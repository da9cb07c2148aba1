"""What the lists of large tables have in common: nothing is counted to the end, and nothing is changed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import ManyToManyField, Model, Q, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from chat.models import Conversation, Spending

from .generics import AnyAdmin, AnyPaginator

MOST = 5000
PAGE = 50
DAYS = 14
# Accounts that are looked for by a part of their name.
OWNERS = 1000
FEW = 1000

# Groups are few, and boxes to tick need no script.
CHECKBOXES: dict[Any, dict[str, Any]] = {ManyToManyField: {"widget": CheckboxSelectMultiple}}


class CappedPaginator(AnyPaginator):
    """Counts no further than anybody leafs; beyond that, filters and the search find a row quicker."""

    most = MOST

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        return rows.order_by().values("pk")[: MOST + 1].count()

    @property
    def capped(self) -> bool:
        return self.count > MOST


class LookOnly(AnyAdmin):
    """Rows to look at. They go only together with the account that owns them."""

    list_per_page = PAGE
    list_max_show_all = PAGE
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    beside: tuple[str, ...] = ()
    """Rows that are shown with each. Fetched apart: a join makes SQLite sort the whole table for one page of it."""
    actions = None
    # False would be a join after all, with each column that names another table.
    list_select_related = ()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(*self.beside)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Each word in one of the fields or in the name of the owner or of the model. Names are looked for among names, so
        that a word which nobody bears is not looked for in a million rows."""
        for word in search_term.split():
            found = Q(pk__in=[])
            if "user" in self.beside:
                owners = User.objects.filter(username__icontains=word).values_list("pk", flat=True)
                found |= Q(user__in=list(owners[:OWNERS]))
            for field in self.search_fields:
                found |= _named(field, word) if field == "model_name" else Q(**{f"{field}__icontains": word})
            queryset = queryset.filter(found)
        if not search_term.split():
            return queryset, False
        # In the order of the list SQLite would look for a rare word row by row; many hits are soon found in that order.
        few = list(queryset.order_by().values_list("pk", flat=True)[: FEW + 1])
        return queryset if len(few) > FEW else queryset.filter(pk__in=few), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        at = request.resolver_match
        with_owner = at is not None and at.url_name in {"auth_user_delete", "auth_user_changelist"}
        return with_owner and super().has_delete_permission(request, obj)


def _named(field: str, word: str) -> Q:
    names = Spending.objects.model_names()
    return Q(**{f"{field}__in": [name for name in names if word.casefold() in name.casefold()]})


def temporary_chats() -> list[UUID]:
    """There are few at a time. By their ids, or a database would look for them in all messages."""
    return list(Conversation.objects.filter(temporary=True).order_by().values_list("pk", flat=True))


class DayFilter(admin.SimpleListFilter):
    """One of the last days, by a range that an index can serve."""

    parameter_name = "day"
    field = "updated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        today = timezone.localdate()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        return [(day.isoformat(), f"{day:%a %d %b}") for day in days]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in {value for value, _ in self.lookup_choices}:
            return queryset
        start = timezone.make_aware(datetime.fromisoformat(chosen))
        return queryset.filter(
            **{f"{self.field}__gte": start, f"{self.field}__lt": start + timedelta(days=1)}
        )


def number(value: float | None, unit: str = "", digits: int = 0) -> SafeString:
    """Right-aligned by its class; a dash where nothing is known."""
    text = "–" if value is None else f"{value:,.{digits}f}{unit}"
    return format_html('<span class="number">{}</span>', text)


def id_in(address: str) -> int:
    """The number in an address of the admin; 0, which is nobody's, where there is none."""
    return int(address) if address.isascii() and address.isdecimal() and len(address) < 12 else 0
