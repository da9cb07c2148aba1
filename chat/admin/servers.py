"""Servers of tools. Their headers go in and never come out."""

import json
import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from chat.models import McpServer
from chat.tools.mcp import ServerTrouble

from .generics import AnyAdmin, FormOfServer
from .listing import check
from .lists import id_in, number

MOST_SECONDS = 3600
HEADERS_MAX_CHARS = 8000
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# The protocol's own; the connection is not an administrator's to shape.
_OURS = {
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "accept",
    "accept-encoding",
}


def headers_in(written: str) -> dict[str, str]:
    """Of a JSON object, or of lines such as `Authorization: Bearer ...`. Nothing in it is filled in from elsewhere."""
    headers: dict[str, str]
    if written.lstrip().startswith("{"):
        try:
            headers = json.loads(written)
        except ValueError as error:
            raise ValidationError("This begins as JSON does, and is none.") from error
    else:
        lines = [line.partition(":") for line in written.splitlines() if line.strip()]
        headers = {name.strip(): value.strip() for name, _, value in lines}
    for name, value in headers.items():
        if not (
            _NAME.fullmatch(name)
            and isinstance(value, str)
            and value
            and value.isprintable()
            and value.isascii()
        ):
            raise ValidationError(
                "Each header is a name and a value: a line such as `Authorization: Bearer …`."
            )
        if name.lower() in _OURS or name.lower().startswith("mcp-"):
            raise ValidationError(f"{name} is set by the connection itself.")
    return headers


class Unsaid(forms.Textarea):
    """Never shows what it holds, not even to whoever has just entered it."""

    def format_value(self, value: Any) -> str:
        return ""


class ServerForm(FormOfServer):
    """The headers may hold tokens. An empty field keeps those that are set."""

    headers = forms.CharField(
        required=False,
        max_length=HEADERS_MAX_CHARS,
        widget=Unsaid(
            attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "class": "vLargeTextField"}
        ),
    )
    forget_headers = forms.BooleanField(required=False, label="Forget the headers that are set")

    class Meta:
        model = McpServer
        fields = ("name", "url", "timeout_seconds", "enabled")
        labels = {"timeout_seconds": "Deadline"}
        help_texts = {
            "name": "Letters, digits and hyphens. The names of its tools begin with it.",
            "url": "Of the server's streamable HTTP endpoint, for instance https://tools.example.org/mcp. "
            "It may be in the inner network: whoever administers may name any host.",
            "timeout_seconds": "In seconds, for one call.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["headers"].help_text = _state_of_headers(self.instance)

    def clean_headers(self) -> dict[str, str]:
        return headers_in(self.cleaned_data["headers"])

    def clean_timeout_seconds(self) -> float:
        seconds: float = self.cleaned_data["timeout_seconds"]
        if not 0 < seconds <= MOST_SECONDS:
            raise ValidationError("Between 0 and an hour.")
        return seconds

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("headers") and data.get("forget_headers"):
            self.add_error("forget_headers", "Either set new headers or forget the old ones.")
        return data

    def save(self, commit: bool = True) -> McpServer:
        if self.cleaned_data["headers"]:
            self.instance.headers = json.dumps(self.cleaned_data["headers"])
        elif self.cleaned_data["forget_headers"]:
            self.instance.headers = ""
        return super().save(commit)


def _state_of_headers(server: McpServer) -> str:
    how = "A line each, such as Authorization: Bearer …, or a JSON object."
    if not server.headers_sealed:
        return f"{how} None are set."
    if not server.headers:
        return f"{how} Those that are set cannot be read, because SECRET_KEY has changed. Enter them again."
    names = ", ".join(json.loads(server.headers))
    return f"{how} Set are: {names}. Leave this empty to keep them."


@admin.register(McpServer)
class McpServerAdmin(AnyAdmin):
    form = ServerForm
    change_form_template = "admin/chat/mcpserver/change_form.html"
    list_display = ("name", "url", "enabled", "tools", "checked", "state")
    readonly_fields = ("state", "checked")
    fields = ("name", "url", "headers", "forget_headers", "timeout_seconds", "enabled", "state", "checked")
    actions = ("check_servers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[McpServer]:
        servers: QuerySet[McpServer] = super().get_queryset(request)
        return servers.annotate(tool_count=Count("tools", filter=Q(tools__gone=False)))

    @admin.display(description="tools")
    def tools(self, server: Any) -> SafeString:
        return number(server.tool_count)

    @admin.display(description="state")
    def state(self, server: McpServer) -> str:
        return server.problem or ("answers" if server.checked else "not asked yet")

    @admin.action(description="Check and list tools", permissions=["change"])
    def check_servers(self, request: HttpRequest, queryset: QuerySet[McpServer]) -> None:
        for server in queryset:
            self._check(request, server)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.check_view))
        return [path("<path:object_id>/check/", view, name="chat_mcpserver_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        server = get_object_or_404(McpServer, pk=id_in(object_id))
        if not self.has_change_permission(request, server):
            raise PermissionDenied
        self._check(request, server)
        return redirect("admin:chat_mcpserver_change", server.pk)

    def _check(self, request: HttpRequest, server: McpServer) -> None:
        try:
            listing = check(server)
        except ServerTrouble:
            messages.error(request, server.problem)
            return
        count = len(listing.tools)
        messages.success(request, f"{server} answers and lists {count} tool{'' if count == 1 else 's'}.")
        for left_out in listing.left_out[:10]:
            messages.warning(request, f"Left out: {left_out}")
        self.log_change(request, server, f"Tools listed: {count}")
