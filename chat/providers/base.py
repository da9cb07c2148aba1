"""The protocol between a turn and a model's server: a prompt goes in, typed parts come out."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation, which is made where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in the prompt; `media_type` is image/png, image/jpeg, image/webp or image/gif."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asks to be done. `arguments` is what it wrote, which may be no JSON at all."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call, for the model to read. `id` is that of the call."""

    id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the prompt. In the order of the wire: an assistant's text is followed by its calls, and their results
    come first in the user's next message. `echo` is what a provider wants to see again (see `Echo`), opaque to all others."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: Sequence[Image] = ()
    calls: Sequence[ToolCall] = ()
    results: Sequence[ToolResult] = ()
    echo: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it. `schema` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. `model` is the name on the wire; `parameters` go into the request as they are, and
    `system`, where there is any, is said before all else. `schema`, where there is one, is the JSON schema of the answer.
    `api` chooses among the protocols of one server, in its own words ("responses"). Without `stream` the answer is asked
    for whole, and its parts come all at once."""

    model: str
    messages: Sequence[Said]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""
    tools: Sequence[ToolSpec] = ()
    schema: Mapping[str, Any] | None = None
    api: str = ""
    stream: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a call that is being written. `index` tells the calls of one answer apart; `id` and `name` may come late,
    once, and whole; the `arguments` of all pieces, joined, are those of the call."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Echo:
    """What a provider wants to get back in `Said.echo` with the next request of the same turn, such as a signature. Plain
    JSON. It is stored with the message, and goes to no other provider and to no person."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the server reported them; None where it said nothing. Those of the answer include its reasoning."""

    prompt_tokens: int | None
    completion_tokens: int | None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The server's own word that the answer is whole. `reason` in OpenAI's words, whatever the provider's own are: stop,
    length, content_filter, tool_calls, refusal; another where there is no such word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The engine's word that it will ask again in `seconds`, since the server answered `reason`."""

    reason: str
    seconds: float


Part = Text | Reasoning | ToolCallDelta | Echo | Usage | Finish | Waiting


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


@dataclass(frozen=True, slots=True)
class Options:
    """What is the same for every server: the seconds to connect in, and the pace of what is not a model at all."""

    connect_seconds: float = 5.0
    tokens_per_second: float = 40.0


DEFAULTS = Options()


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

    async def count(self, prompt: Prompt) -> int | None:
        """The tokens of the prompt by the server's own count; None where it does not count."""
        ...

    async def models(self) -> list[str]:
        """The names that the server offers; empty where it keeps no list."""
        ...

    async def aclose(self) -> None: ...


class Adapter(Provider, Protocol):
    """What settings.PROVIDERS names. `label` is for the admin; without an address it asks the usual one."""

    label: ClassVar[str]

    def __init__(self, base_url: str, key: str, options: Options) -> None: ...
