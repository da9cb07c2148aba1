from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Feedback, Model

from .lists import DayFilter, LookOnly

NEWEST = 1000


class GivenOn(DayFilter):
    title = "day"
    field = "created"


class OfModel(admin.SimpleListFilter):
    """By the newest feedback: that of a model stands with its replies, and all of them would be read for it."""

    title = f"model (newest {NEWEST})"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(model.pk), str(model)) for model in Model.objects.select_related("provider")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        if not self.value():
            return queryset
        newest = Feedback.objects.order_by("-created").values_list("pk", "message__turn__model")[:NEWEST]
        return queryset.filter(pk__in=[pk for pk, model in newest if str(model) == self.value()])


@admin.register(Feedback)
class FeedbackAdmin(LookOnly):
    """What people think of replies. The reply itself is read in its transcript, on record."""

    list_display = ("created", "thumb", "comment", "owner", "answered_by", "conversation")
    list_display_links = None
    list_filter = ("value", GivenOn, OfModel)
    search_fields = ("comment",)
    search_help_text = "By comment"
    sortable_by = ("created",)
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        given: QuerySet[Feedback] = super().get_queryset(request)
        return given.prefetch_related("message__turn", "message__conversation__user")

    @admin.display(description="value", ordering="value")
    def thumb(self, feedback: Feedback) -> str:
        return "👍 good" if feedback.value == Feedback.Value.UP else "👎 bad"

    @admin.display(description="owner")
    def owner(self, feedback: Feedback) -> str:
        return feedback.message.conversation.user.get_username()

    @admin.display(description="model")
    def answered_by(self, feedback: Feedback) -> str:
        return feedback.message.turn.model_name

    @admin.display(description="conversation")
    def conversation(self, feedback: Feedback) -> SafeString:
        pk = feedback.message.conversation_id
        return format_html('<a href="{}">{}</a>', reverse("admin:chat_conversation_change", args=[pk]), pk)
