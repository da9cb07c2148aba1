"""Open WebUI's export of chats, and the older form in which a chat stands without its envelope."""

import re
from typing import Any

from .base import (
    Arrived,
    ArrivedMessage,
    ArrivedTurn,
    Node,
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

# What is called the same there and here.
SETTINGS = ("system", "temperature", "top_p", "max_tokens")
# Thoughts and calls of tools stand in the text, as markup of their own.
DETAILS = re.compile(r'<details type="(reasoning|tool_calls|code_interpreter)"[^>]*>.*?</details>\n*', re.S)


def matches(raw: dict[str, Any]) -> bool:
    chat = raw.get("chat", raw)
    return isinstance(chat, dict) and (
        isinstance(mapping_of(chat.get("history")).get("messages"), dict)
        or ("chat" in raw and isinstance(chat.get("messages"), list))
    )


def read(raw: dict[str, Any]) -> Arrived:
    chat = mapping_of(raw.get("chat", raw))
    title = name_of(chat.get("title")) or name_of(raw.get("title"))
    conversation = Arrived(id_of(raw.get("id")) or id_of(chat.get("id")) or "", title, [], None)
    history = mapping_of(chat.get("history"))
    entries = mapping_of(history.get("messages")) or _chain(chat.get("messages"))
    few(entries, title)
    models = chat.get("models")
    model = name_of(models[0]) if isinstance(models, list) and models else ""
    nodes = {
        text_of(key): Node(
            id_of(mapping_of(entry).get("parentId")),
            _message(text_of(key), mapping_of(entry), model, conversation),
        )
        for key, entry in entries.items()
    }
    conversation.messages = settle(nodes)
    conversation.leaf = leaf_of(nodes, history.get("currentId"), conversation.messages)
    conversation.created = when(raw.get("created_at")) or when(chat.get("timestamp"))
    conversation.updated = when(raw.get("updated_at"))
    conversation.pinned, conversation.archived = raw.get("pinned") is True, raw.get("archived") is True
    conversation.settings = _settings(mapping_of(chat.get("params")))
    return checked(conversation)


def _settings(params: Any) -> dict[str, Any]:
    return {name: params[name] for name in SETTINGS if params.get(name) not in (None, "")}


def _chain(messages: Any) -> dict[str, Any]:
    """Of a list without a tree each message answers the one before."""
    entries: dict[str, Any] = {}
    before: str | None = None
    for number, message in enumerate(messages if isinstance(messages, list) else ()):
        entries[str(number)] = {**mapping_of(message), "parentId": before}
        before = str(number)
    return entries


def _message(key: str, said: Any, model: str, conversation: Arrived) -> ArrivedMessage | None:
    role = said.get("role")
    if role not in ("user", "assistant"):
        conversation.left_out["system" if role == "system" else "tool"] += 1
        return None
    text = DETAILS.sub(
        lambda found: _leave_out(found[1], conversation), _text(said.get("content"), conversation)
    )
    files = said.get("files")
    for file in files if isinstance(files, list) else ():
        conversation.left_out["image" if mapping_of(file).get("type") == "image" else "attachment"] += 1
    error = _error(said.get("error"))
    if not text.strip() and not error:
        return None
    at = when(said.get("timestamp"))
    turn = ArrivedTurn(
        model=name_of(said.get("modelName")) or name_of(said.get("model")) or model,
        status="failed" if error else "complete",
        error=error,
        requested=at,
        finished=at,
        prompt_tokens=count_of(mapping_of(said.get("usage")).get("prompt_tokens")),
        completion_tokens=count_of(mapping_of(said.get("usage")).get("completion_tokens")),
    )
    feedback = _feedback(mapping_of(said.get("annotation")))
    return ArrivedMessage(
        key, None, role, text, parts_of(text), at, turn if role == "assistant" else None, feedback
    )


def _leave_out(kind: str, conversation: Arrived) -> str:
    conversation.left_out["thoughts" if kind == "reasoning" else "tool"] += 1
    return ""


def _text(content: Any, conversation: Arrived) -> str:
    """A string, or the list of parts that some of its versions keep of a message with pictures."""
    pieces = [text_of(content)]
    for part in content if isinstance(content, list) else ():
        part = mapping_of(part)
        if isinstance(part.get("text"), str):
            pieces.append(text_of(part["text"]))
        else:
            conversation.left_out["image" if "image" in str(part.get("type")) else "attachment"] += 1
    return "\n\n".join(piece for piece in pieces if piece)


def _error(value: Any) -> str:
    said = value if isinstance(value, str) else mapping_of(value).get("content")
    return text_of(said)[:400]


def _feedback(annotation: Any) -> tuple[int, str] | None:
    rating = annotation.get("rating")
    is_thumb = isinstance(rating, int) and not isinstance(rating, bool) and rating in (-1, 1)
    return (rating, text_of(annotation.get("comment"))[:2000]) if is_thumb else None
