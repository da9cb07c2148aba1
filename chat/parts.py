"""What a message consists of, in order, and how it grows by events.

A part is a dict with a `type`:

    text         text
    reasoning    text, seconds: how long the model thought, null while it does
    tool_call    call, name, arguments: what the model wrote, which may be no JSON
    tool_result  call, status, text, seconds; follows its call. Statuses are those of ToolUse
    echo         data: what a provider wants to see again. For no eyes: see `shown`
    image, file  attachment, name, media_type, size; of a question

The reply that is being made, the page that is loaded meanwhile and what is kept after a death all grow by `Parts.apply`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Part = dict[str, Any]
TEXTS = {"delta": "text", "reasoning": "reasoning"}


class Parts:
    """A list of parts to which text is added in pieces, without being copied for each."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._parts: list[Part] = [dict(part) for part in parts]
        self._pieces: list[str] = []
        self._growing: tuple[Part, str] | None = None

    def apply(self, event: Mapping[str, Any]) -> None:
        """`event` as a dict; one that says nothing of parts changes nothing."""
        kind = event["type"]
        if kind in TEXTS:
            self._grow(self._open(TEXTS[kind]), "text", event["text"])
        elif kind == "reasoning.ended":
            self._open("reasoning")["seconds"] = event["seconds"]
        elif kind == "tool.call":
            self._grow(self._call(event), "arguments", event["arguments"])
        elif kind == "tool.result":
            self._result(event["call"])["status"] = event["status"]

    def echo(self, data: Mapping[str, Any]) -> None:
        self._parts.append({"type": "echo", "data": dict(data)})

    def answer(self, call: str, **fields: Any) -> None:
        """What came of a call: `status`, `text`, `seconds`."""
        self._result(call).update(fields)

    def as_list(self) -> list[Part]:
        """A copy, in which nothing changes any more."""
        self._settle()
        return [dict(part) for part in self._parts]

    @property
    def text(self) -> str:
        """What is searched, exported and copied: the answer without what led to it."""
        self._settle()
        return text_of(self._parts)

    def _open(self, kind: str) -> Part:
        if not self._parts or self._parts[-1]["type"] != kind:
            self._parts.append(
                {"type": kind, "text": ""} | ({"seconds": None} if kind == "reasoning" else {})
            )
        return self._parts[-1]

    def _call(self, event: Mapping[str, Any]) -> Part:
        for part in reversed(self._parts):
            if part["type"] == "tool_call" and part["call"] == event["call"]:
                part["name"] = part["name"] or event["name"]
                return part
        part = {"type": "tool_call", "call": event["call"], "name": event["name"], "arguments": ""}
        self._parts.append(part)
        return part

    def _result(self, call: str) -> Part:
        for part in reversed(self._parts):
            if part["type"] == "tool_result" and part["call"] == call:
                return part
        part = {"type": "tool_result", "call": call, "status": "", "text": "", "seconds": None}
        self._parts.append(part)
        return part

    def _grow(self, part: Part, name: str, text: str) -> None:
        if self._growing is None or self._growing[0] is not part:
            self._settle()
            self._growing = (part, name)
        self._pieces.append(text)

    def _settle(self) -> None:
        if self._growing is not None:
            part, name = self._growing
            part[name] = "".join([part[name], *self._pieces])
        self._pieces, self._growing = [], None


def text_of(parts: Iterable[Part]) -> str:
    return "".join(part["text"] for part in parts if part["type"] == "text")


def shown(parts: Iterable[Part]) -> list[Part]:
    """Without what is for no eyes."""
    return [part for part in parts if part["type"] != "echo"]
