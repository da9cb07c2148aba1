"""The shown path as a page to print or to keep: one file, no script, nothing loaded from anywhere."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string

from chat.models import Conversation
from chat.models.paths import in_order, shown_ids

from .said import author, html


def document(conversation: Conversation, request: HttpRequest | None = None) -> Iterator[bytes]:
    """In pieces, none of which is larger than a message; the head at once. With a request it is a page of the site, which
    has its style in a file."""
    context = {"conversation": conversation, "to_keep": request is None}
    head, foot = render_to_string("chat/print.html", context, request).split("<!--messages-->")
    return _pieces(conversation, head.replace("<!--style-->", style()), foot)


def _pieces(conversation: Conversation, head: str, foot: str) -> Iterator[bytes]:
    yield head.encode()
    for message in in_order(shown_ids(conversation.pk, conversation.leaf_id)):
        context = {
            "role": message.role,
            "author": author(message),
            "text": message.text_and_files,
            "html": html(message),
        }
        yield render_to_string("chat/_print_message.html", context | {"created": message.created}).encode()
    yield foot.encode()


@cache
def style() -> str:
    sheets = [Path(str(finders.find(name))).read_text() for name in ("css/tokens.css", "css/print.css")]
    return f"<style>\n{''.join(sheets)}</style>"
