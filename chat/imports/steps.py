"""What led to a reply, as far as a file of ours says it in a way that can be shown."""

from collections.abc import Mapping
from typing import Any

from .base import text_of

# Of a call that was under way, nobody knows any more what became of it.
ENDED = {"done", "failed", "denied", "unknown"}


def step_of(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """A part that is a step; None for any other."""
    kind = part.get("type")
    if kind == "reasoning":
        return {"type": kind, "text": text_of(part.get("text")), "seconds": _seconds(part)}
    if kind == "tool_call":
        return {"type": kind, **{name: text_of(part.get(name)) for name in ("call", "name", "arguments")}}
    if kind == "tool_result":
        status = part.get("status")
        told = {"call": text_of(part.get("call")), "text": text_of(part.get("text"))}
        known = status if isinstance(status, str) and status in ENDED else "unknown"
        return {"type": kind, **told, "status": known, "seconds": _seconds(part)}
    return None


def _seconds(part: Mapping[str, Any]) -> float | None:
    seconds = part.get("seconds")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        return None
    return float(seconds) if 0 <= seconds < 1e9 else None
