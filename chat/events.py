"""What can happen in a conversation. An event is what the journal stores and what a viewer receives as a frame."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import orjson

# So that an entry of the journal, and with it a frame, has a bound.
MERGED_CHARS = 64 * 1024
# Only CR and LF end a line, but many readers split on these as well.
_LINE_LIKE = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True)
class Event:
    type: ClassVar[str]

    def merge(self, later: "Event") -> "Event | None":
        """One event that says what both say, or None where they must stay two."""
        return None

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, **asdict(self)}

    def encode(self) -> str:
        return dump(self.as_dict())


@dataclass(frozen=True, slots=True)
class TurnStarted(Event):
    type = "turn.started"
    turn: str
    message: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class TurnWaiting(Event):
    """The model's server asked us to come back: the turn tries again in `seconds`. Or it is not its turn yet: so many are
    `before` it in the line."""

    type = "turn.waiting"
    turn: str
    reason: str
    seconds: float
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Text(Event):
    turn: str
    text: str

    def merge(self, later: Event) -> Self | None:
        if type(later) is type(self) and later.turn == self.turn:
            text = self.text + later.text
            return type(self)(self.turn, text) if len(text) <= MERGED_CHARS else None
        return None

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type, "turn": self.turn, "text": self.text}


@dataclass(frozen=True, slots=True)
class TextDelta(_Text):
    type = "delta"


@dataclass(frozen=True, slots=True)
class ReasoningDelta(_Text):
    type = "reasoning"


@dataclass(frozen=True, slots=True)
class ReasoningEnded(Event):
    """The model has thought for so long, and goes on with something else."""

    type = "reasoning.ended"
    turn: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ToolCallWritten(Event):
    """A call as the model writes it: the name with the first event of a `call`, the `arguments` piece by piece."""

    type = "tool.call"
    turn: str
    call: str
    name: str
    arguments: str

    def merge(self, later: Event) -> Self | None:
        if isinstance(later, ToolCallWritten) and (later.turn, later.call, later.name) == (
            self.turn,
            self.call,
            "",
        ):
            arguments = self.arguments + later.arguments
            if len(arguments) <= MERGED_CHARS:
                return type(self)(self.turn, self.call, self.name, arguments)
        return None


@dataclass(frozen=True, slots=True)
class ToolCallMoved(Event):
    """A call is in another state: asking, running, done, failed, denied, unknown. What came of it is in its row by then.

    `note` is what a running tool says of its progress.
    """

    type = "tool.result"
    turn: str
    call: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported(Event):
    type = "usage"
    turn: str
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class TurnFinished(Event):
    type = "turn.finished"
    turn: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class TurnsCalled(Event):
    """Of no conversation: somebody wants a running turn stopped, or has decided on a call of it."""

    type = "turns.called"


@dataclass(frozen=True, slots=True)
class MessageChanged(Event):
    type = "message.changed"
    message: str


@dataclass(frozen=True, slots=True)
class ConversationChanged(Event):
    """`deleted` tells a viewer that there is nothing left to reload; `ended` names a turn that has just come to its end."""

    type = "conversation.changed"
    conversation: str
    deleted: bool = False
    ended: str = ""


def dump(value: dict[str, Any]) -> str:
    """JSON on one line, by every reader's idea of a line."""
    text = orjson.dumps(value).decode()
    return text if text.isascii() else text.translate(_LINE_LIKE)
