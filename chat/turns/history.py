"""A reply as the talk that led to it: what the model said, what it called, and what came of that."""

from collections.abc import Sequence
from dataclasses import replace

from chat.models import ToolUse, Turn
from chat.parts import Part, text_of
from chat.providers.base import Said, ToolCall, ToolResult

NOT_MADE = "This call was not made."
ERRORS = {"failed", "denied", "unknown"}


def said_of(parts: Sequence[Part], kind: str = "") -> list[Said]:
    """Round by round. What a provider of this `kind` wants to see again goes along."""
    said: list[Said] = []
    for one in _rounds(parts):
        calls = [ToolCall(p["call"], p["name"], p["arguments"]) for p in one if p["type"] == "tool_call"]
        echo = [p["data"] for p in one if p["type"] == "echo" and kind and p.get("kind") == kind]
        text = text_of(one)
        text = text.lstrip("\n") if said else text
        if text or calls:
            said.append(Said("assistant", text, calls=calls, echo=echo))
        if calls:
            said.append(Said("user", "", results=_results(calls, one)))
    return said


def begun(former: Turn) -> list[Part]:
    """What a turn that continues `former` begins with. Calls that never came to be written down are left out, and the model
    makes them again; those that were not settled come without a result, and are carried out."""
    uses = {use.call: use for use in ToolUse.objects.filter(turn=former).select_related("tool")}
    return [part for part in former.message.parts if _is_kept(part, uses)]


def talk_to_go_on_from(parts: Sequence[Part]) -> list[Said]:
    """Ends with calls where some of them are still to be carried out."""
    said = said_of(parts)
    open_calls = {p["call"] for p in parts if p["type"] == "tool_call"}
    open_calls -= {p["call"] for p in parts if p["type"] == "tool_result"}
    return said[:-1] if open_calls else said


def texts_alone(said: Sequence[Said]) -> list[Said]:
    """For a model that knows no tools."""
    return [replace(each, calls=(), results=(), echo=()) for each in said if each.text or each.images]


def _rounds(parts: Sequence[Part]) -> list[list[Part]]:
    """A round ends with results."""
    rounds: list[list[Part]] = []
    for part in parts:
        if not rounds or (part["type"] != "tool_result" and rounds[-1][-1]["type"] == "tool_result"):
            rounds.append([])
        rounds[-1].append(part)
    return rounds


def _results(calls: Sequence[ToolCall], parts: Sequence[Part]) -> list[ToolResult]:
    given = {part["call"]: part for part in parts if part["type"] == "tool_result"}
    return [_result(call.id, given.get(call.id)) for call in calls]


def _result(call: str, part: Part | None) -> ToolResult:
    if part is None or part["status"] in ("", "asking", "running"):
        return ToolResult(call, NOT_MADE, is_error=True)
    return ToolResult(call, part["text"], part["status"] in ERRORS)


def _is_kept(part: Part, uses: dict[str, ToolUse]) -> bool:
    if part["type"] in ("tool_call", "tool_result"):
        use = uses.get(part["call"])
        return bool(use and (part["type"] == "tool_call" or use.is_settled))
    return bool(part["type"] != "echo")
