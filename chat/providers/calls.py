"""The tool calls of one answer, while they are being written."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from .base import ToolCallDelta
from .sse import dumps
from .text import TextCleaner, clean

# More of them in one answer than any honest model makes.
MOST = 128


class TooManyCalls(ValueError):
    pass


@dataclass(slots=True)
class _Call:
    """`name` is held until arguments come, since it may come in pieces, or again with each piece."""

    cleaner: TextCleaner
    id: str = ""
    name: str = ""
    is_named: bool = False
    is_begun: bool = False


class Calls:
    """Makes of each fragment what may be passed on: a call's id and its name once and whole, its arguments in order."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._places: dict[int, int] = {}  # by the index on the wire
        self._latest = -1

    def __len__(self) -> int:
        return len(self._calls)

    def place(self, index: Any = None, id: str = "", name: str = "") -> int:
        """Which call a fragment belongs to. Servers leave the index out, or say 0 for every call; and some give each
        fragment an id of its own, but only the first of a call has a name."""
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < MOST:
            return self._place_without(id, name)
        known = self._places.get(index)
        if known is None:
            known = self._next() if index in self._calls else index
        elif id and name and self._calls[known].id not in ("", id):
            known = self._next()
        self._places[index] = known
        return known

    def add(self, index: int, id: str = "", name: str = "", arguments: str = "") -> ToolCallDelta | None:
        call = self._at(index)
        new_id = "" if call.id else clean(id)
        call.id = call.id or new_id
        if name and not call.is_named and name != call.name:
            call.name = clean(call.name + name)
        arguments = call.cleaner.clean(arguments) if arguments else ""
        call.is_begun = call.is_begun or bool(arguments)
        return _told(index, new_id, self._name(call) if arguments else "", arguments)

    def rest(self, is_whole: bool) -> Iterator[ToolCallDelta]:
        """What is left at the end of the answer. `is_whole`: the calls are; one that came without an id gets one, and one
        without arguments takes none."""
        for index, call in self._calls.items():
            new_id = f"call_{secrets.token_hex(12)}" if is_whole and not call.id else ""
            call.id = call.id or new_id
            arguments = call.cleaner.rest() if is_whole else ""
            if is_whole and not call.is_begun:
                arguments, call.is_begun = "{}", True
            if told := _told(index, new_id, self._name(call), arguments):
                yield told

    def id_of(self, index: int) -> str:
        return self._calls[index].id

    def has_begun(self, index: int) -> bool:
        return index in self._calls and self._calls[index].is_begun

    def _place_without(self, id: str, name: str) -> int:
        for index, call in self._calls.items():
            if id and call.id == id:
                return index
        latest = self._calls.get(self._latest)
        if latest and (not name or (not id and not latest.is_begun)):
            return self._latest
        return self._next()

    def _next(self) -> int:
        return max(self._calls, default=-1) + 1

    def _at(self, index: int) -> _Call:
        self._latest = index
        if index not in self._calls:
            if len(self._calls) >= MOST:
                raise TooManyCalls(f"more than {MOST} tool calls")
            self._calls[index] = _Call(TextCleaner())
        return self._calls[index]

    @staticmethod
    def _name(call: _Call) -> str:
        if call.is_named or not call.name:
            return ""
        call.is_named = True
        return call.name


def written(arguments: Any) -> str:
    """Arguments as text. Some servers send the object itself."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else dumps(arguments)


def readable(arguments: str) -> dict[str, Any]:
    """Arguments as the object that servers want back. What was none goes back as what it was, so that the model sees its
    mistake and not another one."""
    try:
        value = orjson.loads(arguments or "{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"INVALID_JSON": arguments}


def rewritten(arguments: str) -> str:
    """The same for those who want it as text."""
    value = readable(arguments)
    return dumps(value) if "INVALID_JSON" in value or not arguments else arguments


def _told(index: int, id: str, name: str, arguments: str) -> ToolCallDelta | None:
    return ToolCallDelta(index, id, name, arguments) if id or name or arguments else None
