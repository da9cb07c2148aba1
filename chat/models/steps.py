"""What is shown of a reply, in its order: texts, and between them the steps that led to them.

A reply is as many pieces of HTML as it has texts. `Message.html` keeps them as one string, joined by what Markdown of ours
never becomes.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.safestring import SafeString

from chat import markdown
from chat.parts import Part, shown

if TYPE_CHECKING:
    from .tools import ToolUse

BETWEEN = "<!--step-->"
STEPS = {"reasoning", "tool_call"}
# Of arguments and of results, as many characters as somebody may want to read.
SHOWN_CHARS = 20_000
# Once its turn is over, a call cannot be in these states any more. What it is then called.
OVER = {"writing": "dropped", "asking": "dropped", "running": "unknown"}
_UNSEEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Wording:
    """A piece of the answer itself. `source` is its Markdown."""

    kind: ClassVar[str] = "text"
    source: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Thought:
    """`seconds` is None where nobody knows; `is_open` while the model still thinks."""

    kind: ClassVar[str] = "reasoning"
    key: str
    text: str
    seconds: float | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Call:
    """`status` is one of ToolUse, or before that `writing`; `dropped` where the turn ended before anything was done.
    `use` is the row by which it can be decided on. Of what is too long, so many characters more are not shown."""

    kind: ClassVar[str] = "call"
    key: str
    call: str
    name: str
    status: str
    arguments: str
    result: str = ""
    more_arguments: int = 0
    more_result: int = 0
    seconds: float | None = None
    use: int | None = None
    asks_first: bool = False


Segment = Wording | Thought | Call


def has_steps(parts: Iterable[Part]) -> bool:
    return any(part["type"] in STEPS for part in parts)


def html_of(parts: Iterable[Part]) -> str:
    """What `Message.html` keeps of a reply."""
    return BETWEEN.join(markdown.render(source) for source in _sources(parts))


def last_source(parts: Sequence[Part]) -> str:
    """The text at the end; empty where a step stands there."""
    spoken = [part for part in parts if part["type"] in STEPS | {"text"}]
    return str(spoken[-1]["text"]) if spoken and spoken[-1]["type"] == "text" else ""


def segments(
    parts: Sequence[Part], html: str = "", is_active: bool = False, uses: Iterable["ToolUse"] = ()
) -> list[Segment]:
    """At least one of them is a text; of a reply that goes on, the last, into which what comes next is written."""
    parts, sources = shown(parts), _sources(parts)
    pieces = html.split(BETWEEN) if html else []
    if len(pieces) != len(sources):
        pieces = [markdown.render(source) for source in sources]
    texts = (Wording(source, markdown.rendered(piece)) for source, piece in zip(sources, pieces, strict=True))
    results = {part["call"]: part for part in parts if part["type"] == "tool_result"}
    rows = {use.call: use for use in uses}
    made: list[Segment] = []
    for at, part in enumerate(parts):
        if part["type"] == "text":
            made.append(next(texts))
        elif part["type"] == "reasoning":
            is_open = is_active and part["seconds"] is None and at == len(parts) - 1
            number = sum(isinstance(each, Thought) for each in made)
            made.append(Thought(f"reasoning-{number}", part["text"], part["seconds"], is_open))
        elif part["type"] == "tool_call":
            made.append(_call(part, results.get(part["call"]), rows.get(part["call"]), is_active))
    if not sources or (is_active and not isinstance(made[-1], Wording)):
        made.append(Wording("", markdown.rendered("")))
    return made


def _sources(parts: Iterable[Part]) -> list[str]:
    return [part["text"] for part in parts if part["type"] == "text"]


def _call(part: Part, result: Part | None, use: "ToolUse | None", is_active: bool) -> Call:
    status = use.status if use else result["status"] if result else "writing"
    # A word of a later version is one that we have none for.
    status = (status or "writing") if is_active else OVER.get(status, status)
    told = _told(result, use)
    arguments = part["arguments"] if status == "writing" else visible(pretty(part["arguments"]))
    cut = None if status == "writing" else SHOWN_CHARS
    return Call(
        key=f"call-{part['call']}",
        call=part["call"],
        name=visible(part["name"]),
        status=status,
        arguments=arguments[:cut],
        result=told[:SHOWN_CHARS],
        more_arguments=len(arguments) - len(arguments[:cut]),
        more_result=max(0, len(told) - SHOWN_CHARS),
        seconds=use.seconds if use else result.get("seconds") if result else None,
        use=use.pk if use else None,
        asks_first=bool(use and use.tool and use.tool.approval == "first"),
    )


def _told(result: Part | None, use: "ToolUse | None") -> str:
    return str((use.result if use else "") or (result or {}).get("text", ""))


def pretty(arguments: str) -> str:
    """As its tool will read it, where it is JSON."""
    if not arguments.strip():
        return ""
    try:
        value: Any = json.loads(arguments)
        return "" if value == {} else json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


def visible(text: str) -> str:
    """With characters that nobody sees, or that turn round what is beside them, spelled out: what somebody allows is what
    is done."""
    return re.sub(r"[^\x20-\x7e\n\t]", _spelled, text)


def _spelled(found: "re.Match[str]") -> str:
    char = found[0]
    return f"\\u{ord(char):04x}" if unicodedata.category(char) in _UNSEEN else char
