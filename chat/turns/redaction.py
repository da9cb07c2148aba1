"""From what was seen of a turn to lines of JSON that may be kept: never a key, and words only where that is wanted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import orjson

from chat.models import Turn
from chat.providers.base import (
    Echo,
    Finish,
    Prompt,
    ProviderError,
    Reasoning,
    Text,
    ToolCallDelta,
    Usage,
    Waiting,
)
from chat.providers.sse import EventDecoder, loads

DEADLINES = {"first_token", "idle", "total"}
# What came within so many seconds of each other makes one line.
TOGETHER_SECONDS = 0.01
# Words of the protocol, in the values of these names alone, and only where they look like one.
PROTOCOL = {
    *(
        "type",
        "object",
        "role",
        "model",
        "status",
        "name",
        "id",
        "item_id",
        "call_id",
        "tool_call_id",
        "code",
    ),
    *("finish_reason", "stop_reason", "native_finish_reason", "service_tier", "system_fingerprint"),
}
# What a provider wants to see again is for nobody else.
SEALED = {"signature", "encrypted_content", "data"}
_WORD = re.compile(r"[\w.:/+-]{0,80}", re.ASCII)
_KEY = re.compile(r"\b(?:(?:sk|rk|pk|rv|xai|gsk|hf)[-_]|[Bb]earer +)[\w.~+/-]{8,}=*")
DEEPEST = 40


class Closed(NamedTuple):
    """We hung up before the answer was whole."""

    reason: str = "closed"


class Kept(NamedTuple):
    jsonl: bytes
    cut: bool


def lines(seen: Sequence[tuple[float, Any]], with_content: bool, most: int) -> Kept:
    """As JSONL in the order of time, of at most so many bytes. What the server sent is cut first: the rest tells more."""
    told = [(at, _line(at, event)) for at, event in _told(seen, with_content)]
    room = most - sum(len(line) for _, line in told)
    cut = room < 0
    while room < 0 and told:
        room += len(told.pop(-2 if len(told) > 1 else -1)[1])
    for at, event in _raw(seen, with_content):
        line = _line(at, event)
        room -= len(line)
        if room < 0:
            cut = True
            break
        told.append((at, line))
    told.sort(key=lambda pair: pair[0])
    return Kept(b"".join(line for _, line in told), cut)


def _line(at: float, event: dict[str, Any]) -> bytes:
    return orjson.dumps({"ms": round(at * 1000, 1), **event}, option=orjson.OPT_APPEND_NEWLINE)


# --- what it meant ---


def _told(seen: Sequence[tuple[float, Any]], with_content: bool) -> Iterator[tuple[float, dict[str, Any]]]:
    """One after another, with pieces of the same kind that came together as one."""
    model, failed_at, failure, asked, silent = "", 0.0, "", 0, False
    last: tuple[float, dict[str, Any]] | None = None
    for at, what in seen:
        if isinstance(what, bytes | Waiting):
            if silent and isinstance(what, bytes):
                silent = False
                yield at, {"kind": "first_byte"}
            continue
        event = _event(what, with_content)
        if last and _joins(last, at, event):
            _join(last[1], event)
            continue
        if last:
            yield last
            last = None
        if isinstance(what, Prompt):
            asked, silent = asked + 1, True
            if failure:
                yield failed_at, {"kind": "waiting", "reason": failure, "seconds": round(at - failed_at, 3)}
            if model and what.model != model:
                yield at, {"kind": "fallback", "model": what.model}
            model, failure = what.model, ""
            event["number"] = asked
        elif isinstance(what, ProviderError | Closed):
            failed_at, failure = at, what.reason
        last = at, event
    if last:
        yield last


def _joins(last: tuple[float, dict[str, Any]], at: float, event: dict[str, Any]) -> bool:
    same = last[1]["kind"] == event["kind"] in ("text", "reasoning", "tool")
    return same and at - last[0] < TOGETHER_SECONDS and last[1].get("index") == event.get("index")


def _join(event: dict[str, Any], more: dict[str, Any]) -> None:
    event["chars"] += more["chars"]
    event["parts"] = event.get("parts", 1) + 1
    if "text" in event:
        event["text"] += more["text"]
    if more.get("name"):
        event["name"] = more["name"]


def _event(what: Any, with_content: bool) -> dict[str, Any]:
    match what:
        case Text(text):
            return {"kind": "text", **_words(text, with_content)}
        case Reasoning(text):
            return {"kind": "reasoning", **_words(text, with_content)}
        case ToolCallDelta(index, _, name, arguments):
            named = {"name": name} if name else {}
            return {"kind": "tool", "index": index, **named, **_words(arguments, with_content)}
        case Usage():
            return {"kind": "usage", **{name: n for name, n in asdict(what).items() if n is not None}}
        case Finish(reason):
            return {"kind": "finish", "reason": reason}
        case Echo():
            return {"kind": "echo"}
        case Prompt():
            return {"kind": "request", **_asked(what, with_content)}
        case ProviderError():
            kind = "deadline" if what.reason in DEADLINES else "error"
            return {"kind": kind, "reason": what.reason, "retryable": what.retryable, "cut": what.cut}
        case Closed():
            return {"kind": "closed"}
        case Turn():
            deadline = {"deadline": what.reason} if what.reason in DEADLINES else {}
            return {"kind": "end", "status": what.status, "reason": what.reason, **deadline}
    return {"kind": type(what).__name__.lower()}


def _words(text: str, with_content: bool) -> dict[str, Any]:
    return {"chars": len(text), "text": _without_keys(text)} if with_content else {"chars": len(text)}


def _asked(prompt: Prompt, with_content: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "model": prompt.model,
        "messages": len(prompt.messages),
        "chars": len(prompt.system) + sum(len(said.text) for said in prompt.messages),
        "images": sum(len(said.images) for said in prompt.messages),
        "tools": len(prompt.tools),
    }
    if with_content:
        facts["said"] = [_without_keys(said.text) for said in prompt.messages]
    return facts


# --- what the server sent ---


def _raw(seen: Sequence[tuple[float, Any]], with_content: bool) -> Iterator[tuple[float, dict[str, Any]]]:
    """Its events, each with the time at which it was whole; what is no event stream as it came."""
    decoder = EventDecoder()
    for at, what in seen:
        if isinstance(what, Prompt):
            decoder = EventDecoder()
        elif isinstance(what, bytes):
            for name, data in decoder.feed(what):
                yield (
                    at,
                    {"kind": "raw", **({"event": name[:80]} if name else {}), **_payload(data, with_content)},
                )


def _payload(data: bytes, with_content: bool) -> dict[str, Any]:
    if data.strip() == b"[DONE]":
        return {"data": "[DONE]"}
    try:
        return {"data": redacted(loads(data), with_content)}
    except ValueError:
        text = {"text": _without_keys(data.decode(errors="replace"))} if with_content else {}
        return {"bytes": len(data), **text}


def redacted(value: Any, with_content: bool, name: str = "", depth: int = 0) -> Any:
    """The shape of it, its numbers and the words of the protocol. Other text becomes its length, unless it is wanted."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        named = ((key if _WORD.fullmatch(key) else f"[{len(key)}]", part) for key, part in value.items())
        return {key: redacted(part, with_content, key, depth + 1) for key, part in named}
    if isinstance(value, list):
        return [redacted(part, with_content, name, depth + 1) for part in value]
    if not isinstance(value, str):
        return value
    is_protocol = name in PROTOCOL and _WORD.fullmatch(value)
    if name not in SEALED and (with_content or is_protocol):
        return _without_keys(value)
    return {"chars": len(value)}


def _without_keys(text: str) -> str:
    return _KEY.sub("[key]", text)
