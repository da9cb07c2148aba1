"""The library with the rules of ours. static/js/markdown/markdown.js is the other port."""

import re
from collections.abc import Sequence

import mdurl
from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .formulae import BLANK, formula, formula_block
from .links import is_address, links

# Lists and quotes beyond this depth are text; the library would leave them out.
DEEPEST = 32
_LANGUAGE = re.compile(r"[ \t]*([A-Za-z0-9_+#.*-]{1,40})")
_TASK = re.compile(r"\[([ xX])\] ")


class _Port(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802
        return is_address(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return mdurl.encode(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link


def port() -> MarkdownIt:
    markdown = _Port("commonmark", {"html": False, "maxNesting": 100})
    markdown.enable(["table", "strikethrough"])
    interrupting: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("table", "deep", _deep)
    markdown.block.ruler.before("fence", "formula", formula_block, interrupting)
    markdown.inline.ruler.before("escape", "formula", formula)
    markdown.inline.ruler.before("escape", "backslash", _backslash)
    markdown.core.ruler.before("text_join", "tasks", _tasks)
    markdown.core.ruler.before("text_join", "links", links)
    markdown.core.ruler.before("text_join", "languages", _languages)
    markdown.core.ruler.before("text_join", "columns", _columns)
    markdown.core.ruler.push("shallow", _shallow)
    markdown.add_render_rule("formula", _render_formula)
    return markdown


def _tasks(state: StateCore) -> None:
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.children:
            first = inline.children[0]
            if first.type == "text" and (task := _TASK.match(first.content)):
                item.attrs["class"] = "task"
                first.content = ("☐" if task[1] == " " else "☑") + first.content[3:]


def _languages(state: StateCore) -> None:
    """The first word behind a fence, where it can be the name of a language."""
    for token in state.tokens:
        if token.type == "fence":
            named = _LANGUAGE.match(token.info)
            token.info = named[1] if named else ""


def _columns(state: StateCore) -> None:
    """An attribute of GFM's in place of a style, which our pages do not allow."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"} and "style" in token.attrs:
            token.attrs["align"] = str(token.attrs.pop("style")).removeprefix("text-align:")


def _shallow(state: StateCore) -> None:
    """Emphasis within emphasis beyond all reading is text."""
    for token in state.tokens:
        if token.type == "inline" and any(child.level > DEEPEST for child in token.children or ()):
            token.children = [Token("text", "", 0, content=token.content)]


def _deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or state.level < DEEPEST:
        return False
    state.line = end
    _push(state, "paragraph_open", "p", 1)
    inline = _push(state, "inline", "", 0)
    inline.content = state.getLines(start, end, state.blkIndent, False).strip(BLANK)
    inline.children = []
    _push(state, "paragraph_close", "p", -1)
    return True


def _push(state: StateBlock, kind: str, tag: str, nesting: int) -> Token:
    return state.push(kind, tag, nesting)  # type: ignore[arg-type]


def _backslash(state: StateInline, silent: bool) -> bool:
    """A backslash before a space is itself, and the space is not used up: it may belong to a line break."""
    if state.src[state.pos : state.pos + 2] != "\\ ":
        return False
    if not silent:
        token = state.push("text_special", "", 0)
        token.content = token.markup = "\\"
        token.info = "escape"
    state.pos += 1
    return True


def _render_formula(
    _renderer: object, tokens: Sequence[Token], at: int, _options: object, _env: object
) -> str:
    token = tokens[at]
    html = f'<{token.tag} class="{token.attrs["class"]}">{escape(token.content)}</{token.tag}>'
    return html + "\n" if token.block else html


def escape(text: str) -> str:
    """As the library does it, which leaves apostrophes alone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
