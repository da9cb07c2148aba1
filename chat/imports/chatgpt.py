"""ChatGPT's data export: `conversations.json`, or the parts `conversations-000.json` and on.

There is no published schema. What is read, and where it is known from, is in docs/export.md; everything else is left
out, and anything may be missing.
"""

from typing import Any

from .base import (
    Arrived,
    ArrivedMessage,
    ArrivedTurn,
    Node,
    checked,
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

# Texts that people have seen in the conversation, rather than what went on behind it.
SHOWN = {"text", "multimodal_text", "code"}
TO_EVERYBODY = {"all", "", None}


def matches(raw: dict[str, Any]) -> bool:
    return isinstance(raw.get("mapping"), dict)


def read(raw: dict[str, Any]) -> Arrived:
    pk = id_of(raw.get("conversation_id")) or id_of(raw.get("id")) or ""
    conversation = Arrived(pk, name_of(raw.get("title")), [], None)
    model = name_of(raw.get("default_model_slug"))
    few(raw["mapping"], conversation.title)
    nodes = {}
    for key, value in raw["mapping"].items():
        entry = mapping_of(value)
        message = _message(text_of(key), mapping_of(entry.get("message")), model, conversation)
        nodes[text_of(key)] = Node(id_of(entry.get("parent")), message)
    conversation.messages = settle(nodes)
    conversation.leaf = leaf_of(nodes, raw.get("current_node"), conversation.messages)
    conversation.created, conversation.updated = when(raw.get("create_time")), when(raw.get("update_time"))
    conversation.archived = raw.get("is_archived") is True
    conversation.pinned = raw.get("is_starred") is True
    return checked(conversation)


def _message(key: str, said: Any, model: str, conversation: Arrived) -> ArrivedMessage | None:
    if not said:
        return None
    role = mapping_of(said.get("author")).get("role")
    content = mapping_of(said.get("content"))
    kind = content.get("content_type")
    about = mapping_of(said.get("metadata"))
    if role not in ("user", "assistant"):
        # Nearly every conversation begins with an empty message of the system, which nobody misses.
        if role != "system" or _text(content, conversation):
            conversation.left_out["tool" if role == "tool" else "system"] += 1
        return None
    hidden = about.get("is_visually_hidden_from_conversation") is True
    if hidden or kind not in SHOWN or said.get("recipient") not in TO_EVERYBODY:
        conversation.left_out["hidden" if hidden else "tool" if kind in SHOWN else "thoughts"] += 1
        return None
    text = _text(content, conversation)
    if not text.strip():
        return None
    at = when(said.get("create_time"))
    turn = ArrivedTurn(model=name_of(about.get("model_slug")) or model, requested=at, finished=at)
    return ArrivedMessage(key, None, role, text, parts_of(text), at, turn if role == "assistant" else None)


def _text(content: Any, conversation: Arrived) -> str:
    """Its parts that are text. Pictures, sound and files are counted."""
    pieces = [text_of(content.get("text"))]
    parts = content.get("parts")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            pieces.append(text_of(part))
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            pieces.append(text_of(part["text"]))
        elif part is not None:
            kind = str(mapping_of(part).get("content_type", ""))
            conversation.left_out["image" if "image" in kind else "attachment"] += 1
    return "\n\n".join(piece for piece in pieces if piece)
