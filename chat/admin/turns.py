from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Message, Trace, Turn

from .lists import DayFilter, LookOnly, number, temporary_chats
from .uses import UseInline


class RequestedOn(DayFilter):
    title = "day"
    field = "requested"


@admin.register(Turn)
class TurnAdmin(LookOnly):
    list_display = (
        *("requested", "status", "owner", "model_name"),
        *("time_to_first_token", "tokens_in", "tokens_out", "speed", "reason"),
    )
    list_filter = ("status", "model", RequestedOn)
    beside = ("user",)
    search_fields = ("model_name",)
    search_help_text = "By owner or model"
    sortable_by = ("requested",)
    ordering = ("-requested",)
    inlines = (UseInline,)
    fieldsets = (
        (None, {"fields": ("status", "reason", "error", "error_detail", "finish_reason")}),
        ("Asked", {"fields": ("owner", "conversation", "model_name", "continues", "attempt", "stream")}),
        ("Times", {"fields": ("requested", "started", "first_token", "finished", "stop_requested")}),
        ("Figures", {"fields": ("time_to_first_token", "tokens_in", "tokens_out", "speed")}),
        ("Runner", {"fields": ("lease_token", "lease_until", "checkpoint", "announced")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Turn]:
        """Not those of temporary chats."""
        temporary = Message.objects.filter(conversation__in=temporary_chats())
        turns: QuerySet[Turn] = super().get_queryset(request)
        return turns.exclude(message__in=temporary)

    @admin.display(description="owner")
    def owner(self, turn: Turn) -> str:
        return turn.user.get_username()

    @admin.display(description="conversation")
    def conversation(self, turn: Turn) -> SafeString:
        """By its id: the title is somebody's words, and reading those is what the transcript page records."""
        pk = turn.message.conversation_id
        return format_html('<a href="{}">{}</a>', reverse("admin:chat_conversation_change", args=[pk]), pk)

    @admin.display(description="stream")
    def stream(self, turn: Turn) -> SafeString:
        if not Trace.objects.filter(turn=turn).exists():
            return format_html("{}", "not recorded")
        return format_html(
            '<a href="{}">what was seen of it</a>', reverse("admin:chat_trace_change", args=[turn.pk])
        )

    @admin.display(description="first token")
    def time_to_first_token(self, turn: Turn) -> SafeString:
        return number(turn.seconds_to_first_token, " s", 2)

    @admin.display(description="tokens in")
    def tokens_in(self, turn: Turn) -> SafeString:
        return number(turn.prompt_tokens)

    @admin.display(description="tokens out")
    def tokens_out(self, turn: Turn) -> SafeString:
        return number(turn.completion_tokens)

    @admin.display(description="tokens/s")
    def speed(self, turn: Turn) -> SafeString:
        return number(turn.tokens_per_second, "", 1)
