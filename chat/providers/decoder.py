"""From the bytes of an answer to its parts: what the formats have in common."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

from .base import Echo, Finish, Part, ProviderError, Reasoning, Text, ToolCallDelta, Usage
from .calls import Calls, TooManyCalls
from .errors import cut, empty, malformed, not_llm
from .sse import EVENT_MAX_BYTES, EventDecoder, TooLong, loads
from .text import TextCleaner

Kind = type[Text] | type[Reasoning]

_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the byte order mark


class Decoder(ABC):
    """`feed` it what the network gave, then `end` it. Each gives parts, with what came together as one.

    `done`: nothing that comes later counts. `finished`: the server has said that the answer is whole, so that
    only the usage may follow. `failure` is to be raised after the parts that came before it.
    """

    def __init__(self, event_stream: bool = True, key: str = "") -> None:
        self.done = False
        self.failure: ProviderError | None = None
        self._event_stream = event_stream
        self._key = key
        self._head = b""
        self._events: EventDecoder | None = None
        self._document: bytearray | None = None
        self._cleaners: dict[Kind, TextCleaner] = {Text: TextCleaner(), Reasoning: TextCleaner()}
        self._said: list[tuple[Kind | ToolCallDelta | Echo, list[str]]] = []
        self._calls = Calls()
        self._usage: Usage | None = None
        self._finish = ""

    @abstractmethod
    def _value(self, value: dict[str, Any], name: str) -> None:
        """One event, by its JSON and the name it came under. It may set `done`, `_finish` and `_usage`."""

    @abstractmethod
    def _whole(self, value: dict[str, Any]) -> bool:
        """A whole answer, as one document; False where it is none."""

    def _rest(self) -> None:
        """Say what was held back. Comes once, when the answer is known to be whole or not."""
        return

    @property
    def finished(self) -> bool:
        return bool(self._finish)

    def feed(self, data: bytes) -> list[Part]:
        if self.done:
            return []
        try:
            self._feed(data)
        except ProviderError as error:
            self._fail(error)
        except (TooLong, TooManyCalls) as error:
            self._fail(malformed(str(error)))
        return self._parts()

    def end(self, received: bool = True) -> list[Part]:
        """After the last byte. `received`: bytes had come, though they may have decoded to nothing."""
        if not self.done:
            try:
                self._close(received)
            except ProviderError as error:
                self._fail(error)
            except (TooLong, TooManyCalls) as error:
                self._fail(malformed(str(error)))
        if self._finish == "stop" and self._calls:
            self._finish = "tool_calls"
        if self._finish and not self.failure:  # or else half a character is none
            for kind, cleaner in self._cleaners.items():
                self._say(kind, cleaner.rest(), cleaned=True)
        for told in self._calls.rest(is_whole=self._is_whole):
            self._add_call(told)
        self._rest()
        return [*self._parts(), *self._ending()]

    @property
    def _is_whole(self) -> bool:
        return bool(self._finish) and self._finish != "length" and not self.failure

    def _ending(self) -> list[Part]:
        usage: list[Part] = [self._usage] if self._usage else []
        return [*usage, Finish(self._finish)] if self._finish and not self.failure else usage

    def _feed(self, data: bytes) -> None:
        if self._events:
            self._take(self._events, data)
        elif self._document is not None:
            self._document += data
            if len(self._document) > EVENT_MAX_BYTES:
                raise not_llm(bytes(self._document[:2000]))
        else:
            self._head = (self._head + data).lstrip(_BLANK)
            if self._head:
                self._begin(self._head)

    def _begin(self, head: bytes) -> None:
        # By its first byte, since the content type is often wrong: no event begins like JSON or HTML.
        if head[:1] == b"<":
            raise not_llm(head[:2000])
        if head[:1] in (b"{", b"["):
            self._document = bytearray(head)
        else:
            self._events = EventDecoder()
            self._take(self._events, head)

    def _take(self, events: EventDecoder, data: bytes) -> None:
        for name, said in events.feed(data):
            self._event(name, said)
            if self.done:
                return

    def _event(self, name: str, data: bytes) -> None:
        self._event_stream = True
        if data.strip():
            self._value(self._object(data, name), name)

    def _object(self, data: bytes, name: str = "") -> dict[str, Any]:
        try:
            value = loads(data)
        except ValueError:
            raise malformed(data, self._key) from None
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            return value
        if name == "error":
            return {"error": value}
        raise malformed(str(value), self._key)

    def _close(self, received: bool) -> None:
        if self._document is not None:
            self._whole_document(bytes(self._document))
        elif self._events:
            self._last_event(self._events)
        if self._finish:
            return
        if not received:
            raise empty()
        if not self._event_stream:
            raise not_llm(self._head[:2000])
        raise cut("the stream ended without a finish reason")

    def _last_event(self, events: EventDecoder) -> None:
        # The end of the last event is missing. It counts where its JSON is whole; half of it is a cut.
        for name, data in events.close():
            try:
                self._event(name, data)
            except ProviderError as error:
                if error.reason != "malformed":
                    raise

    def _whole_document(self, document: bytes) -> None:
        before = len(self._said)
        if not self._whole(self._object(document)):
            raise not_llm(document[:2000])
        if len(self._said) > before:
            self._finish = self._finish or "stop"

    def _say(self, kind: Kind, text: str, cleaned: bool = False) -> None:
        text = text if cleaned or not text else self._cleaners[kind].clean(text)
        if not text:
            return
        if self._said and self._said[-1][0] is kind:
            self._said[-1][1].append(text)
        else:
            self._said.append((kind, [text]))

    def _call(self, index: int, id: str = "", name: str = "", arguments: str = "") -> None:
        if told := self._calls.add(index, id, name, arguments):
            self._add_call(told)

    def _add_call(self, told: ToolCallDelta) -> None:
        last = self._said[-1] if self._said else None
        if (
            last
            and isinstance(last[0], ToolCallDelta)
            and last[0].index == told.index
            and not told.id
            and not told.name
        ):
            last[1].append(told.arguments)
        else:
            self._said.append((told, [told.arguments]))

    def _echo(self, data: dict[str, Any]) -> None:
        self._said.append((Echo(data), []))

    def _parts(self) -> list[Part]:
        said, self._said = self._said, []
        return [_made(what, pieces) for what, pieces in said]

    def _fail(self, error: ProviderError) -> None:
        self.failure, self.done = error, True


def _made(what: Kind | ToolCallDelta | Echo, pieces: list[str]) -> Part:
    if isinstance(what, ToolCallDelta):
        return replace(what, arguments="".join(pieces))
    if isinstance(what, Echo):
        return what
    return what("".join(pieces))


def text_of(content: Any) -> str:
    """Content is a string, or with some servers a list of typed parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def objects(value: Any) -> list[dict[str, Any]]:
    """Those of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under this name; an empty one where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None
