"""Text that reads back from the DOM as it was written."""

from django import template

register = template.Library()


@register.filter
def carriage_returns(text: str) -> list[str]:
    """The pieces between carriage returns: an HTML parser turns a raw one into a line feed, so the template writes it
    as a character reference."""
    return text.split("\r")
