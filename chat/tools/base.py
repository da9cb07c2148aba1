"""What goes along with a call of a tool, and what comes back."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
