import logging
import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from chat.models import Attachment, Conversation, Feedback, Message, TranscriptReading
from chat.throttle import address_of
from chat.views.attachments import served

from .lists import DayFilter, LookOnly, number
from .transcript import page_of

logger = logging.getLogger("chat.audit")
FEEDBACK = 1000


class UpdatedOn(DayFilter):
    title = "last used"
    field = "updated"


class WithFeedback(admin.SimpleListFilter):
    """By the newest feedback of a kind: to ask of each conversation whether it has any takes seconds where few have."""

    title = f"feedback (newest {FEEDBACK})"
    parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "a good reply"), ("-1", "a bad reply")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        value = self.value()
        if value not in ("1", "-1"):
            return queryset
        newest = Feedback.objects.filter(value=int(value)).order_by("-created")[:FEEDBACK]
        return queryset.filter(pk__in=newest.values("message__conversation"))


class Counted(ChangeList):
    """Messages are counted for the rows of the page alone: a database would count those of all pages before it as well."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        messages = Message.objects.filter(conversation__in=[row.pk for row in rows]).order_by()
        counts = dict(messages.values_list("conversation").annotate(Count("pk")))
        for row in rows:
            row.message_count = counts.get(row.pk, 0)
        self.result_list = rows


@admin.register(Conversation)
class ConversationAdmin(LookOnly):
    """A row opens the transcript, which is shown once its reading is on record."""

    list_display = ("title", "owner", "model", "messages", "created", "updated")
    list_display_links = ("title",)
    list_filter = (UpdatedOn, "model", WithFeedback, "archived")
    beside = ("user", "model")
    search_fields = ("title",)
    search_help_text = "By title or owner"
    sortable_by = ("updated",)
    ordering = ("-updated",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return conversations.filter(temporary=False)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Counted]:
        return Counted

    @admin.display(description="owner")
    def owner(self, conversation: Conversation) -> str:
        return conversation.user.get_username()

    @admin.display(description="messages")
    def messages(self, conversation: Any) -> SafeString:
        return number(conversation.message_count)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        name = "chat_conversation_file"
        return [path("<path:object_id>/files/<uuid:pk>/", view, name=name), *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: str, pk: uuid.UUID) -> HttpResponseBase:
        """A file of a transcript, which is read on record as the transcript itself is."""
        conversation = _find(object_id)
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        attachment = get_object_or_404(Attachment, pk=pk, message__conversation=conversation)
        record(request, conversation)
        return served(request, attachment)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        conversation = _find(object_id)
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        record(request, conversation)
        page, lines = page_of(conversation, request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": conversation.title,
            "conversation": conversation,
            "page": page,
            "lines": lines,
        }
        return render(request, "admin/chat/conversation/transcript.html", context)


def _find(object_id: str) -> Conversation:
    try:
        kept = Conversation.objects.filter(temporary=False).select_related("user", "model")
        return kept.get(pk=uuid.UUID(object_id))
    except (ValueError, Conversation.DoesNotExist) as error:
        raise Http404 from error


def record(request: HttpRequest, conversation: Conversation) -> None:
    """Before anything is shown: what cannot be put on record is not read."""
    if conversation.user_id == request.user.pk:
        return
    TranscriptReading.objects.create(
        reader_id=request.user.pk,
        reader_name=request.user.get_username(),
        conversation=conversation.pk,
        owner_name=conversation.user.get_username(),
        address=address_of(request),
    )
    reader, owner = request.user.pk, conversation.user_id
    logger.info("transcript read: reader=%s conversation=%s owner=%s", reader, conversation.pk, owner)
