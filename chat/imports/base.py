"""What every source of conversations is read into, and what their trees have in common. No Django here."""

import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# A conversation is written in one transaction, during which nobody else writes.
MESSAGES_MAX = 10_000
TEXT_MAX_BYTES = 4 * 1024 * 1024
# Places in a tree, of which many hold nothing.
NODES_MAX = 80_000
NAME_CHARS = 200


class NotTaken(Exception):
    """A conversation, or a whole file, that stays outside. `reason` is one of REASONS, or a sentence about the file."""

    def __init__(self, reason: str, title: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.title = title


@dataclass(slots=True)
class ArrivedTurn:
    model: str = ""
    status: str = "complete"
    reason: str = ""
    error: str = ""
    finish_reason: str = ""
    requested: datetime | None = None
    started: datetime | None = None
    first_token: datetime | None = None
    finished: datetime | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    continues: str | None = None
    """The message whose text this one goes on from."""
    beside: str | None = None


@dataclass(slots=True)
class ArrivedMessage:
    """`parent` is the id of a message that stands before it in the list, or None."""

    id: str
    parent: str | None
    role: str
    text: str
    parts: list[dict[str, Any]]
    created: datetime | None = None
    turn: ArrivedTurn | None = None
    feedback: tuple[int, str] | None = None


@dataclass(slots=True)
class Arrived:
    """One conversation. `left_out` counts what was in the file and is not in it, by kind."""

    id: str
    title: str
    messages: list[ArrivedMessage]
    leaf: str | None
    created: datetime | None = None
    updated: datetime | None = None
    pinned: bool = False
    archived: bool = False
    folder: str = ""
    titled_by: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


# --- values, of which a file may hold any ---


def text_of(value: Any) -> str:
    """A string without what databases refuse: NUL and lone surrogates."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def name_of(value: Any) -> str:
    return " ".join(text_of(value).split())[:NAME_CHARS]


def id_of(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def when(value: Any) -> datetime | None:
    """A date as ISO 8601 or as Unix time, in seconds or, where it is too large for that, in a thousandth or less."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            at = datetime.fromtimestamp(_seconds(float(value)), UTC)
        else:
            return None
        at = at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if 1970 <= at.year < 2200 else None


def _seconds(number: float) -> float:
    for _ in ("milliseconds", "microseconds", "nanoseconds"):
        if abs(number) > 1e11:
            number /= 1000
    return number


def count_of(value: Any) -> int | None:
    """A number of tokens."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**31 else None


def mapping_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def parts_of(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}] if text else []


# --- trees, which may have any shape ---


@dataclass(slots=True)
class Node:
    """A place in a tree. Its `message` is None where there is nothing to take."""

    parent: str | None
    message: ArrivedMessage | None


def settle(nodes: Mapping[str, Node]) -> list[ArrivedMessage]:
    """The messages, parents first, each under the nearest one above it that is taken.

    A parent that is not there makes a root, and so does the first message of a circle.
    """
    anchors = _anchors(nodes)
    children: dict[str | None, list[ArrivedMessage]] = {}
    for node in nodes.values():
        if node.message:
            node.message.parent = anchors.get(node.parent or "")
            children.setdefault(node.message.parent, []).append(node.message)
    ordered: list[ArrivedMessage] = []
    placed: set[str] = set()
    _place(children.get(None, ()), children, ordered, placed)
    for node in nodes.values():
        if node.message and node.message.id not in placed:
            node.message.parent = None
            _place([node.message], children, ordered, placed)
    return ordered


def _place(
    roots: Iterable[ArrivedMessage],
    children: Mapping[str | None, list[ArrivedMessage]],
    ordered: list[ArrivedMessage],
    placed: set[str],
) -> None:
    waiting = deque(roots)
    while waiting:
        message = waiting.popleft()
        if message.id in placed:
            continue
        placed.add(message.id)
        ordered.append(message)
        waiting.extend(children.get(message.id, ()))


def _anchors(nodes: Mapping[str, Node]) -> dict[str, str | None]:
    """For each node the nearest message at it or above it."""
    anchors: dict[str, str | None] = {}
    for start in nodes:
        way: list[str] = []
        at: str | None = start
        while at is not None and at in nodes and at not in anchors and nodes[at].message is None:
            anchors[at] = None  # until it is known; where the way comes back to it, for good
            way.append(at)
            at = nodes[at].parent
        found = anchors.get(at) if at in anchors else at if at in nodes else None
        for passed in way:
            anchors[passed] = found
        if found is not None:
            anchors[found] = found
    return anchors


def leaf_of(nodes: Mapping[str, Node], current: Any, ordered: list[ArrivedMessage]) -> str | None:
    """The message at the file's own current place or nearest above it, else the last of all."""
    found = _anchors(nodes).get(current) if isinstance(current, str) else None
    return found or (ordered[-1].id if ordered else None)


def few(entries: Sized, title: str) -> None:
    """Or NotTaken, before any of them is looked at."""
    if len(entries) > NODES_MAX:
        raise NotTaken("many", title)


def checked(conversation: Arrived) -> Arrived:
    """As it is, or NotTaken."""
    if not conversation.messages:
        raise NotTaken("empty", conversation.title)
    if len(conversation.messages) > MESSAGES_MAX:
        raise NotTaken("many", conversation.title)
    if any(len(message.text) > TEXT_MAX_BYTES for message in conversation.messages):
        raise NotTaken("long", conversation.title)
    return conversation
