"""Text that reads back from the DOM as it was written."""

import json

from django import template

register = template.Library()


@register.filter
def carriage_returns(text: str) -> list[str]:
    """The pieces between carriage returns, which the template joins by character references.

    A raw one would be a line feed after an HTML parser has read it.
    """
    return text.split("\r")


@register.filter
def as_json(text: str) -> str:
    """For an attribute. In a `script`, browsers take text that a script of ours moves for one that wants to run."""
    return json.dumps(text)
