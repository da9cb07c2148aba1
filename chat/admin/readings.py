from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import TranscriptReading

from .lists import DayFilter, LookOnly


class ReadOn(DayFilter):
    title = "day"
    field = "at"


@admin.register(TranscriptReading)
class TranscriptReadingAdmin(LookOnly):
    """Who read whose conversation. Nobody can take a line out of this list here."""

    list_display = ("at", "reader_name", "owner_name", "link", "address")
    list_display_links = None
    list_filter = (ReadOn,)
    search_fields = ("reader_name", "owner_name")
    search_help_text = "By reader or owner"
    sortable_by = ("at",)
    ordering = ("-at",)

    @admin.display(description="conversation")
    def link(self, reading: TranscriptReading) -> SafeString:
        url = reverse("admin:chat_conversation_change", args=[reading.conversation])
        return format_html('<a href="{}">{}</a>', url, reading.conversation)
