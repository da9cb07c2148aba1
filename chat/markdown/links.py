"""Where links and images may lead. static/js/markdown/links.js is the other port."""

import re
from collections.abc import Sequence

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_HAS_SCHEME = re.compile(r"[^/?#]*:")
_CAN_BE_FOLLOWED = re.compile(r"https?://|mailto:", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[^/?#]*@)?([^/?#@]*)", re.IGNORECASE)


def is_address(url: str) -> bool:
    return not _HAS_SCHEME.match(url) or bool(_CAN_BE_FOLLOWED.match(url))


def links(state: StateCore) -> None:
    """Links open elsewhere and tell nobody whence; what leads nowhere is text; images become links."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = list(_linked(token.children))


def _linked(tokens: Sequence[Token]) -> list[Token]:
    shown: list[Token] = []
    closing: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            _open(token)
            closing.append(token.tag)
        elif token.type == "link_close":
            token.tag = closing.pop()
        if token.type == "image":
            shown += _image(token, inside=bool(closing))
        else:
            shown.append(token)
    return shown


def _open(link: Token) -> None:
    href = str(link.attrs.pop("href", ""))
    title = link.attrs.pop("title", None)
    if _CAN_BE_FOLLOWED.match(href):
        link.attrs |= {"href": href, "rel": "noopener noreferrer nofollow", "target": "_blank"}
        if title is not None:
            # Last, since it may come last: a link can be shown before its definition is whole.
            link.attrs["title"] = title
    else:
        link.tag = "span"
        link.attrs["title"] = href


def _image(image: Token, inside: bool) -> list[Token]:
    """The words of an image and its host, as a link where no link is around it."""
    link = Token("link_open", "a", 1, attrs={"class": "image", "href": str(image.attrs["src"])})
    host = _HOST.match(str(image.attrs["src"]))
    words = _text(_words(image.children or []))
    where = (
        [Token("span_open", "span", 1, attrs={"class": "host"}), _text(host[1]), _close("span")]
        if host
        else []
    )
    if inside:
        return [words, *where]
    _open(link)
    return [link, words, *where, _close(link.tag)]


def _words(tokens: Sequence[Token]) -> str:
    """What an image is called, without its markup."""
    return "".join(
        _words(token.children)
        if token.children
        else "\n"
        if token.type in {"softbreak", "hardbreak"}
        else token.content
        for token in tokens
    )


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _close(tag: str) -> Token:
    return Token(f"{tag}_close", tag, -1)
