"""Text of a model -> HTML that is safe to show. static/js/markdown*.js are the other port of these rules: change both.

Raw HTML is text, only http, https and mailto can be followed, images are links that name their host, and formulae are kept as
they were written. This room alone imports the library, and this file alone declares text safe.
"""

import logging

from django.utils.safestring import SafeString, mark_safe

from .port import escape, port

log = logging.getLogger(__name__)
# A text is Markdown so far as its weight goes, and shown as it is from there on, in pieces that a browser lays out easily.
HEAVIEST = 300_000
WEIGHTS = {"[": 20, "*": 10, "\n": 5}
PIECE = 4_000

_markdown = port()


def render(text: str) -> SafeString:
    text = _normalised(text)
    end = _end(text)
    head, rest = text[:end], text[end:]
    try:
        html = str(_markdown.render(head))
    except Exception:
        log.exception("a text of %d characters could not be rendered", len(text))
        html, rest = "", text
    return mark_safe(html + _plain(rest))  # noqa: S308


def rendered(html: str) -> SafeString:
    """What `render` gave, back from where it was stored."""
    return mark_safe(html)  # noqa: S308


def _normalised(text: str) -> str:
    """With one kind of line end, and without what is white space to one port alone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "\ufffd").replace("\ufeff", "\u2060")


def _end(text: str) -> int:
    """Where Markdown ends."""
    weight = len(text) + sum(text.count(char) * (each - 1) for char, each in WEIGHTS.items())
    if weight <= HEAVIEST:
        return len(text)
    weight = 0
    for end, char in enumerate(text):
        weight += WEIGHTS.get(char, 1)
        if weight > HEAVIEST:
            return end
    return len(text)


def _plain(text: str) -> str:
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    return "".join(f'<p class="plain">{escape(piece)}</p>\n' for piece in pieces)
