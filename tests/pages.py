"""What a person sees on a page of the product: its cursor, its messages, its forms."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
TURN = re.compile(r"/turns/([0-9a-f-]{36})/(\w+)/")


@dataclass
class Shown:
    """One message in the transcript. `actions` are the verbs of its turn's forms: stop, retry, continue."""

    message: str
    role: str
    status: str
    text: str = ""
    turn: str = ""
    actions: set[str] = field(default_factory=set)
    source: str | None = None
    """Of a reply that goes on: what the model wrote so far."""
    whole: str = ""
    """All text of the article: what the model said and what we say about it."""


@dataclass
class Page:
    status: int
    url: str
    html: str
    cursor: str = ""
    token: str = ""
    messages: list[Shown] = field(default_factory=list)

    @property
    def answer(self) -> Shown:
        """The last thing that the model said."""
        return next(shown for shown in reversed(self.messages) if shown.role == "assistant")


def parse(status: int, url: str, html: str) -> Page:
    page = Page(status, url, html)
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    return page


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.cursor = given.get("data-cursor") or self.page.cursor
        if given.get("name") == "csrfmiddlewaretoken":
            self.page.token = given.get("value", "")
        if tag == "article" and "data-message" in given:
            self.page.messages.append(
                Shown(given["data-message"], given["data-role"], given.get("data-status", ""))
            )
            self._shown().turn = given.get("data-turn", "")
        if self._within("article"):
            self._note_turn(given)
            if tag == "data":
                self._shown().source = json.loads(given["value"])
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._within("article") or not self.page.messages:
            return
        self._shown().whole += data
        if any("message-text" in given.get("class", "").split() for _, given in self.open):
            self._shown().text += data

    def _note_turn(self, given: dict[str, str]) -> None:
        for value in given.values():
            if found := TURN.search(value):
                self._shown().turn = found[1]
                self._shown().actions.add(found[2])

    def _within(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)

    def _shown(self) -> Shown:
        return self.page.messages[-1]
