"""OpenAI's chat completions, from bytes to parts: as a stream, or whole where a server cannot stream."""

from typing import Any

from .base import Finish, Part, ProviderError, Reasoning, Text, Usage
from .errors import cut, empty, from_error, malformed, not_llm
from .sse import EVENT_MAX_BYTES, EventDecoder, TooLong, loads
from .text import TextCleaner

Kind = type[Text] | type[Reasoning]

_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the byte order mark


class CompletionDecoder:
    """`feed` it what the network gave, then `end` it. Each gives parts, with text that came together as one.

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
        self._said: list[tuple[Kind, list[str]]] = []
        self._usage: Usage | None = None
        self._finish = ""

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
        except TooLong as error:
            self._fail(malformed(str(error)))
        return self._parts()

    def end(self, received: bool = True) -> list[Part]:
        """After the last byte. `received`: bytes had come, though they may have decoded to nothing."""
        if not self.done:
            try:
                self._close(received)
            except ProviderError as error:
                self._fail(error)
        for kind, cleaner in self._cleaners.items():
            self._say(kind, cleaner.rest(), cleaned=True)
        parts = self._parts()
        if self._usage:
            parts.append(self._usage)
        if self._finish and not self.failure:
            parts.append(Finish(self._finish))
        return parts

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
        if data.strip() == b"[DONE]":
            self.done, self._finish = True, self._finish or "stop"
        elif data.strip():
            self._chunk(self._loads(data), is_error=name == "error")

    def _loads(self, data: bytes) -> Any:
        try:
            return loads(data)
        except ValueError:
            raise malformed(data, self._key) from None

    def _chunk(self, chunk: Any, is_error: bool = False) -> None:
        if isinstance(chunk, list) and chunk:
            chunk = chunk[0]
        if not isinstance(chunk, dict):
            raise from_error(chunk, self._key) if is_error else malformed(str(chunk), self._key)
        if is_error or chunk.get("error") or chunk.get("object") == "error":
            raise from_error(chunk.get("error") or chunk, self._key)
        if isinstance(usage := chunk.get("usage"), dict):
            self._usage = Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
        for choice in chunk.get("choices") or []:
            if isinstance(choice, dict) and not choice.get("index"):
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            reasoning = delta.get("reasoning_content") or delta.get("reasoning")
            self._say(Reasoning, _text_of(reasoning))
            self._say(Text, _text_of(delta.get("content")))
            self._say(Text, _text_of(delta.get("refusal")))
        if reason := choice.get("finish_reason"):
            self._finish = str(reason)[:40]

    def _say(self, kind: Kind, text: str, cleaned: bool = False) -> None:
        text = text if cleaned or not text else self._cleaners[kind].clean(text)
        if not text:
            return
        if self._said and self._said[-1][0] is kind:
            self._said[-1][1].append(text)
        else:
            self._said.append((kind, [text]))

    def _parts(self) -> list[Part]:
        said, self._said = self._said, []
        return [kind("".join(pieces)) for kind, pieces in said]

    def _close(self, received: bool) -> None:
        if self._document is not None:
            self._whole(bytes(self._document))
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

    def _whole(self, document: bytes) -> None:
        value = self._loads(document)
        before = len(self._said)
        self._chunk(value)
        if not (isinstance(value, dict) and value.get("choices")):
            raise not_llm(document[:2000])
        if len(self._said) > before:
            self._finish = self._finish or "stop"

    def _fail(self, error: ProviderError) -> None:
        self.failure, self.done = error, True


def _text_of(content: Any) -> str:
    """Content is a string, or with some servers a list of typed parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text_of(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None
