"""Calls of tools: which, when, and how they went. Arguments and results are parts of conversations, and are read there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import ToolUse, Turn

from .generics import UsesOfTurn
from .lists import DayFilter, LookOnly, number, temporary_chats

FIGURES = ("name", "status", "allowed", "asked", "took")


@admin.display(description="took")
def took(use: ToolUse) -> SafeString:
    return number(use.seconds, " s", 2)


class AskedOn(DayFilter):
    title = "day"
    field = "asked"


class UseInline(UsesOfTurn):
    model = ToolUse
    verbose_name_plural = "calls of tools"
    fields = readonly_fields = FIGURES
    extra = 0
    can_delete = False

    @admin.display(description="took")
    def took(self, use: ToolUse) -> SafeString:
        return took(use)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ToolUse)
class ToolUseAdmin(LookOnly):
    list_display = ("asked", "name", "status", "allowed", "took", "reply")
    list_display_links = None
    list_filter = ("status", "tool", AskedOn)
    search_fields = ("name",)
    search_help_text = "By the name of the tool"
    sortable_by = ("asked",)
    ordering = ("-asked",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Not those of temporary chats."""
        temporary = Turn.objects.filter(message__conversation__in=temporary_chats())
        return super().get_queryset(request).exclude(turn__in=temporary.order_by())

    @admin.display(description="took")
    def took(self, use: ToolUse) -> SafeString:
        return took(use)

    @admin.display(description="reply")
    def reply(self, use: ToolUse) -> SafeString:
        address = reverse("admin:chat_turn_change", args=[use.turn_id])
        return format_html('<a href="{}">{}</a>', address, use.turn_id)
