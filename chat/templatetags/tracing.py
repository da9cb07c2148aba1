"""What is kept of streams, and who may look at it."""

from django import template
from django.conf import settings
from django.utils import timezone

from chat.models import Turn

register = template.Library()


@register.simple_tag
def may_have_trace(turn: Turn) -> bool:
    """Without asking the database for each reply of a page: some few of those that may have one have none."""
    if not (settings.TRACE_FOR_OWNERS and settings.TRACE_DAYS > 0 and turn.finished):
        return False
    return bool((timezone.now() - turn.finished).days < settings.TRACE_DAYS)
