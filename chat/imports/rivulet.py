"""Our own export, as docs/export.md describes it."""

from typing import Any

from .base import (
    Arrived,
    ArrivedMessage,
    ArrivedTurn,
    Node,
    NotTaken,
    checked,
    count_of,
    few,
    id_of,
    leaf_of,
    mapping_of,
    name_of,
    parts_of,
    settle,
    text_of,
    when,
)
from .steps import step_of

FORMAT = "rivulet"
VERSION = 1
ENDED = {"complete", "stopped", "failed", "interrupted"}
TITLED_BY = {"question", "model", "person"}


def matches(raw: dict[str, Any]) -> bool:
    return isinstance(raw.get("messages"), list) and "leaf" in raw


def read(raw: dict[str, Any]) -> Arrived:
    conversation = Arrived(id_of(raw.get("id")) or "", name_of(raw.get("title")), [], None)
    few(raw["messages"], conversation.title)
    nodes: dict[str, Node] = {}
    for entry in raw["messages"]:
        message = _message(entry, conversation)
        if message is None:
            conversation.left_out["message"] += 1
        elif message.id in nodes:
            raise NotTaken("twice", conversation.title)
        else:
            nodes[message.id] = Node(message.parent, message)
    conversation.messages = settle(nodes)
    conversation.leaf = leaf_of(nodes, raw.get("leaf"), conversation.messages)
    conversation.created, conversation.updated = when(raw.get("created")), when(raw.get("updated"))
    conversation.pinned, conversation.archived = raw.get("pinned") is True, raw.get("archived") is True
    conversation.folder = name_of(raw.get("folder"))
    conversation.titled_by = raw["titled_by"] if raw.get("titled_by") in TITLED_BY else ""
    conversation.settings = dict(mapping_of(raw.get("settings")))
    return checked(conversation)


def _message(entry: Any, conversation: Arrived) -> ArrivedMessage | None:
    entry = mapping_of(entry)
    pk, role = id_of(entry.get("id")), entry.get("role")
    if pk is None or role not in ("user", "assistant"):
        return None
    text = text_of(entry.get("text"))
    return ArrivedMessage(
        pk,
        id_of(entry.get("parent")),
        role,
        text,
        _parts(entry.get("parts"), conversation) or parts_of(text),
        when(entry.get("created")),
        _turn(mapping_of(entry.get("turn"))) if role == "assistant" else None,
        _feedback(mapping_of(entry.get("feedback"))),
    )


def _parts(value: Any, conversation: Arrived) -> list[dict[str, Any]]:
    """The parts that are text, and the steps that led to them."""
    parts: list[dict[str, Any]] = []
    for part in value if isinstance(value, list) else ():
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
            parts.append({"type": "text", "text": text_of(part["text"])})
        elif step := step_of(mapping_of(part)):
            parts.append(step)
        else:
            is_file = mapping_of(part).get("type") in ("image", "file")
            conversation.left_out["attachment" if is_file else "part"] += 1
    return parts


def _turn(entry: Any) -> ArrivedTurn:
    return ArrivedTurn(
        model=name_of(entry.get("model")),
        status=entry["status"] if entry.get("status") in ENDED else "complete",
        reason=name_of(entry.get("reason"))[:40],
        error=text_of(entry.get("error"))[:400],
        finish_reason=name_of(entry.get("finish_reason"))[:40],
        requested=when(entry.get("requested")),
        started=when(entry.get("started")),
        first_token=when(entry.get("first_token")),
        finished=when(entry.get("finished")),
        prompt_tokens=count_of(entry.get("prompt_tokens")),
        completion_tokens=count_of(entry.get("completion_tokens")),
        continues=id_of(entry.get("continues")),
        beside=id_of(entry.get("beside")),
    )


def _feedback(entry: Any) -> tuple[int, str] | None:
    value = entry.get("value")
    is_thumb = isinstance(value, int) and not isinstance(value, bool) and value in (-1, 1)
    return (value, text_of(entry.get("comment"))[:2000]) if is_thumb else None
