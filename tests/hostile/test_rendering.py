"""The server's HTML for hostile text: the few elements that Markdown has, and addresses that are no code."""

from html.parser import HTMLParser

import pytest

from chat.markdown import render
from tests.hostile.payloads import payloads

TEXT = "p h1 h2 h3 h4 h5 h6 blockquote pre code em strong s ul ol li hr br table thead tbody tr th td"
ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in TEXT.split()},
    "a": {"href", "title", "rel", "target", "class"},
    "span": {"class", "title"},
    "div": {"class"},
    "p": {"class"},
    "li": {"class"},
    "ol": {"start"},
    "code": {"class"},
    "th": {"align"},
    "td": {"align"},
}
FOLLOWED = ("http://", "https://", "mailto:")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if tag not in ALLOWED or len(names) < len(attrs) or not names <= ALLOWED[tag]:
            self.wrong.append(f"<{tag} {attrs}>")
        href = dict(attrs).get("href")
        if href is not None and not href.lower().startswith(FOLLOWED):
            self.wrong.append(f"a link to {href!r}")

    def handle_comment(self, data):
        self.wrong.append(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def test_there_are_enough_payloads_to_tell():
    assert len(payloads()) >= 500


@pytest.mark.parametrize(
    "around", ["{}", "> {}", "- {}", "**{}**", "[{}](https://example.org)", "`{}", "```\n{}"]
)
def test_hostile_text_becomes_harmless_elements(around):
    wrong = []
    for payload in payloads():
        reader = Reader()
        reader.feed(render(around.format(payload)))
        reader.close()
        wrong += [f"{payload!r}: {what}" for what in reader.wrong]
    assert wrong == []
