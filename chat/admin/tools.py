"""The tools that models may call: which, for whom, and whether somebody is asked first."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from chat.models import McpServer, Tool
from chat.tools.mcp import ServerTrouble

from .generics import AnyAdmin
from .listing import check, take_over_own
from .lists import CHECKBOXES


@admin.register(Tool)
class ToolAdmin(AnyAdmin):
    """Tools come from the settings and from servers; here they are let loose, or held back."""

    change_list_template = "admin/chat/tool/change_list.html"
    list_display = ("name", "source", "title", "enabled", "approval", "has_effects", "for_whom", "state")
    list_editable = ("enabled", "approval", "has_effects")
    list_filter = ("server", "enabled", "approval", "gone")
    list_select_related = ("server",)
    search_fields = ("name", "title", "description")
    formfield_overrides = CHECKBOXES
    actions = ("enable", "disable")
    readonly_fields = ("name", "source", "remote_name", "title", "description", "arguments", "state")
    fieldsets = (
        (None, {"fields": ("name", "source", "remote_name", "title", "description", "arguments", "state")}),
        (
            "Use",
            {
                "fields": ("enabled", "approval", "has_effects"),
                "description": "What a server says of its tools is its own word. A tool that reads may still send what "
                "it is given elsewhere.",
            },
        ),
        ("Who may use it", {"fields": ("groups",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tool]:
        tools: QuerySet[Tool] = super().get_queryset(request)
        return tools.prefetch_related("groups")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="source", ordering="server__name")
    def source(self, tool: Tool) -> SafeString | str:
        if tool.server is None:
            return "built in"
        address = reverse("admin:chat_mcpserver_change", args=[tool.server.pk])
        return format_html('<a href="{}">{}</a>', address, tool.server)

    @admin.display(description="arguments")
    def arguments(self, tool: Tool) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(tool.schema, indent=2, ensure_ascii=False))

    @admin.display(description="for")
    def for_whom(self, tool: Tool) -> str:
        return ", ".join(group.name for group in tool.groups.all()) or "everybody"

    @admin.display(description="offered")
    def state(self, tool: Tool) -> str:
        if tool.gone:
            return "no longer"
        return "server is off" if tool.server and not tool.server.enabled else "yes"

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Tool]) -> None:
        messages.success(request, f"{queryset.update(enabled=True)} enabled.")

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Tool]) -> None:
        messages.success(request, f"{queryset.update(enabled=False)} disabled.")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.synchronise_view))
        return [path("synchronise/", view, name="chat_tool_synchronise"), *super().get_urls()]

    def synchronise_view(self, request: HttpRequest) -> HttpResponse:
        """Ours, and those of every server that is on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        take_over_own()
        for server in McpServer.objects.filter(enabled=True):
            try:
                check(server)
            except ServerTrouble:
                messages.error(request, server.problem)
        on, all_of_them = Tool.objects.filter(enabled=True, gone=False), Tool.objects.filter(gone=False)
        messages.success(request, f"{all_of_them.count()} tools are there; {on.count()} of them are enabled.")
        return redirect("admin:chat_tool_changelist")
