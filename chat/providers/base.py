"""The protocol between a turn and a model's server: a prompt goes in, typed parts come out."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation, which is made where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. `model` is the name on the wire; `parameters` go into the request as they are, and
    `system`, where there is any, is said before all else."""

    model: str
    messages: Sequence[Said]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the server reported them; None where it said nothing."""

    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class Finish:
    """The server's own word that the answer is whole. `reason` is its finish reason: stop, length, content_filter, ..."""

    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The engine's word that it will ask again in `seconds`, since the server answered `reason`."""

    reason: str
    seconds: float


Part = Text | Reasoning | Usage | Finish | Waiting


class ProviderError(Exception):
    """A turn cannot go on.

    `message` is one plain sentence for the person who chats and holds nothing the server said. `reason` is a short code
    for logs, filters and frames. `retryable`: asking again may help, after `retry_after` seconds where the server named a
    time. `cut`: an answer had begun and its end never came, so that the turn is `interrupted` rather than `failed`.
    `detail` is for admins: what the server said, at most 200 characters, without secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        retryable: bool = False,
        retry_after: float | None = None,
        cut: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after
        self.cut = cut
        self.detail = detail


class Provider(Protocol):
    """An adapter to one kind of model server. It decodes; deadlines, caps and retries are the engine's.

    `stream` yields parts as they come. It ends after a `Finish`, and only a server's own word makes one; whatever ends a
    stream without that raises `ProviderError(cut=True)`. Closing the iterator closes the connection to the server.
    """

    def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]: ...

    async def complete(self, prompt: Prompt) -> str:
        """The text of a whole answer, by one request that does not stream. For what nobody watches being written; raises
        `ProviderError` as `stream` does."""
        ...

    async def models(self) -> list[str]:
        """The names that the server offers; empty where it keeps no list."""
        ...

    async def aclose(self) -> None: ...
