"""What a tool is to whoever calls it: told of by a `ToolSpec`, called with arguments, answering with text."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from chat.providers.base import ToolSpec

Approval = Literal["never", "always", "first"]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ToolContext:
    """On whose behalf a call is made. Comes from us and is no part of what the model writes."""

    user: int
    conversation: uuid.UUID


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What came of a call, in words for the model. With `is_error` they say what to do better."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """A server of tools, as far as it takes to call one of them. The headers may hold secrets."""

    name: str
    url: str
    timeout_seconds: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class ToolError(Exception):
    """A tool cannot do what it is asked. Its message is for the model, and holds no secrets."""


class Toolset(Protocol):
    """Tools that have something in common: those of our own, or those of one server.

    `call` raises nothing: whatever goes wrong is a `ToolOutput` with `is_error`. Cancelling it ends the call. What it tells
    `progress` is shown to the person while they wait.
    """

    def specs(self) -> Sequence[ToolSpec]: ...

    async def call(
        self, name: str, arguments: dict[str, Any], context: ToolContext, progress: Progress | None = None
    ) -> ToolOutput: ...
