"""The calls of one answer, put together from their pieces: in any order, several at once, with ids that come late."""

import re
import secrets
from collections.abc import Iterator

from chat.providers.base import ToolCall, ToolCallDelta

NAME_CHARS = 200
# An id that can stand in a row, a page and another request as it is.
_ID = re.compile(r"[!-~]{1,100}")


class Calls:
    """`used` are the ids of calls that came before in the same talk: some servers begin at one for each answer."""

    def __init__(self, used: set[str]) -> None:
        self._used = used
        self._calls: dict[int, _Call] = {}

    def take(self, delta: ToolCallDelta) -> ToolCallDelta | None:
        """What is to be passed on, under an id that stays. Nothing before the call has a name."""
        call = self._calls.setdefault(delta.index, _Call(delta.index))
        call.arguments.append(delta.arguments)
        if call.is_shown:
            return ToolCallDelta(call.index, call.id, "", delta.arguments) if delta.arguments else None
        call.id, call.name = call.id or delta.id, call.name or delta.name
        return self._show(call) if call.name else None

    def rest(self) -> Iterator[ToolCallDelta]:
        """At the end of the answer: those of which nobody has been told."""
        for call in self._in_order():
            if not call.is_shown:
                yield self._show(call)

    def whole(self) -> list[ToolCall]:
        return [ToolCall(call.id, call.name, "".join(call.arguments)) for call in self._in_order()]

    def __bool__(self) -> bool:
        return bool(self._calls)

    def _in_order(self) -> "list[_Call]":
        return [self._calls[index] for index in sorted(self._calls)]

    def _show(self, call: "_Call") -> ToolCallDelta:
        if not _ID.fullmatch(call.id) or call.id in self._used:
            call.id = f"call_{secrets.token_hex(8)}"
        self._used.add(call.id)
        call.name, call.is_shown = call.name[:NAME_CHARS], True
        return ToolCallDelta(call.index, call.id, call.name, "".join(call.arguments))


class _Call:
    def __init__(self, index: int) -> None:
        self.index = index
        self.id = self.name = ""
        self.arguments: list[str] = []
        self.is_shown = False
