"""Icons, a dozen of which stand in every message. A built-in of all templates."""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of those in static/icons/sprite.svg."""
    return format_html(_any(), name=name)


@cache
def _any() -> str:
    """`_icon.html` as a format, since rendering it each time was a fifth of what a message cost."""
    return render_to_string("_icon.html", {"name": "{name}"})
