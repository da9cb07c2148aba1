import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Trace
from chat.timeline import Timeline
from chat.views.traces import download

from .conversations import record
from .lists import DayFilter, LookOnly, number


class SeenOn(DayFilter):
    title = "day"
    field = "created"


@admin.register(Trace)
class TraceAdmin(LookOnly):
    """A row opens what was seen of a reply's stream. That is looked at as a transcript is: with a line on record."""

    list_display = ("created", "owner", "model_name", "status", "bytes", "cut")
    list_display_links = ("created",)
    list_filter = (SeenOn, "cut")
    sortable_by = ("created",)
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trace]:
        traces: QuerySet[Trace] = super().get_queryset(request)
        return traces.defer("events").select_related("turn__user")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_view)
        mine = [path("<path:object_id>/jsonl/", view, name="chat_trace_events")]
        return [*mine, *super().get_urls()]

    @admin.display(description="owner")
    def owner(self, trace: Trace) -> str:
        return trace.turn.user.get_username()

    @admin.display(description="model")
    def model_name(self, trace: Trace) -> str:
        return trace.turn.model_name

    @admin.display(description="status")
    def status(self, trace: Trace) -> SafeString:
        url = reverse("admin:chat_turn_change", args=[trace.turn_id])
        return format_html('<a href="{}">{}</a>', url, trace.turn.status)

    @admin.display(description="bytes")
    def bytes(self, trace: Trace) -> SafeString:
        return number(trace.size)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        trace = self._read(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Stream of a reply",
            "turn": trace.turn,
            "timeline": Timeline(trace),
            "download": reverse("admin:chat_trace_events", args=[trace.pk]),
        }
        return render(request, "admin/chat/trace/timeline.html", context)

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return download(self._read(request, object_id))

    def _read(self, request: HttpRequest, object_id: str) -> Trace:
        """By its own number, or that of its turn."""
        related = Trace.objects.select_related("turn__message__conversation__user", "turn__user")
        try:
            trace = related.get(**_named(object_id))
        except (ValueError, Trace.DoesNotExist) as error:
            raise Http404 from error
        if not self.has_view_permission(request, trace):
            raise PermissionDenied
        record(request, trace.turn.message.conversation)
        return trace


def _named(object_id: str) -> dict[str, Any]:
    return {"pk": int(object_id)} if object_id.isdecimal() else {"turn": uuid.UUID(object_id)}
