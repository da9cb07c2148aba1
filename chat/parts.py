"""What a message consists of, in order, and how it grows by events.

A part is a dict with a `type`:

    text         text
    reasoning    text, seconds: how long the model thought, null while it does
    tool_call    call, name, arguments: what the model wrote, which may be no JSON
    tool_result  call, status, text, seconds; follows its call. Statuses are those of ToolUse. While it is running,
                 the text says how far it is
    echo         kind, data: what a provider of that kind wants to see again. For no eyes: see `shown`
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
            self._move(event)
        elif kind == "echo":
            self._parts.append(dict(event))
        elif kind == "answer":
            self.answer(event["call"], text=event["text"], seconds=event["seconds"])

    def answer(self, call: str, **fields: Any) -> None:
        """What came of a call: `status`, `text`, `seconds`."""
        self._result(call).update(fields)

    def fill(self, call: str, status: str, text: str, seconds: float | None) -> None:
        """`answer`, as far as the parts know of a result at all."""
        for part in self._parts:
            if part["type"] == "tool_result" and part["call"] == call:
                part.update(status=status, text=text or part["text"], seconds=seconds)

    def write_call(self, call: str, name: str, arguments: str) -> None:
        """A call as its row has it, which is whole."""
        self._settle()
        self._call({"call": call, "name": name}).update(name=name, arguments=arguments)

    @property
    def has_results(self) -> bool:
        return any(part["type"] == "tool_result" for part in self._parts)

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
        """The part that is being written. An echo, which nobody sees, is no reason to begin another."""
        last = next((part for part in reversed(self._parts) if part["type"] != "echo"), None)
        if last is None or last["type"] != kind:
            last = {"type": kind, "text": ""} | ({"seconds": None} if kind == "reasoning" else {})
            self._parts.append(last)
        return last

    def _move(self, event: Mapping[str, Any]) -> None:
        part = self._result(event["call"])
        part["status"] = event["status"]
        if note := event.get("note"):
            part["text"] = note

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
