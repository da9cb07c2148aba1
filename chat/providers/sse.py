"""Server-sent events and JSON out of raw bytes, wherever the network cut them."""

import json
from typing import Any, NamedTuple

import orjson

# Room for one delta of 4 MB in which every character is a JSON escape of six.
EVENT_MAX_BYTES = 32 * 1024 * 1024


class TooLong(ValueError):
    """An event that is longer than any honest one."""


class ServerSentEvent(NamedTuple):
    name: str
    data: bytes


class EventDecoder:
    """`feed` gives the events that became whole; `close` the last, where its blank line is missing."""

    def __init__(self, max_bytes: int = EVENT_MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._tail: list[bytes] = []  # the pieces of the line that has not ended yet
        self._tail_bytes = 0
        self._skip_lf = False
        self._name = ""
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        events = []
        for line in self._lines(chunk):
            if line:
                self._field(line)
            elif event := self._dispatch():
                events.append(event)
        return events

    def close(self) -> list[ServerSentEvent]:
        line, self._tail = b"".join(self._tail), []
        if line:
            self._field(line)
        event = self._dispatch()
        return [event] if event else []

    def _lines(self, chunk: bytes) -> list[bytes]:
        # A CR ends its line at once, since a LF may never come; if it comes, it is skipped.
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        lines = chunk.splitlines()  # of bytes: at CR, LF and CRLF only
        ended = chunk[-1:] in (b"\r", b"\n")
        self._skip_lf = chunk[-1:] == b"\r"
        rest = b"" if ended else lines.pop()
        if lines and self._tail:
            lines[0] = b"".join([*self._tail, lines[0]])
            self._tail, self._tail_bytes = [], 0
        if rest:
            self._keep(rest)
        return lines

    def _keep(self, piece: bytes) -> None:
        self._tail.append(piece)
        self._tail_bytes += len(piece)
        if self._tail_bytes > self._max_bytes:
            raise TooLong(f"a line of more than {self._max_bytes} bytes")

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_bytes += len(value)
            if self._data_bytes > self._max_bytes:
                raise TooLong(f"an event of more than {self._max_bytes} bytes")
        elif name == b"event":
            self._name = value.decode(errors="replace")

    def _dispatch(self) -> ServerSentEvent | None:
        name, data = self._name, self._data
        self._name, self._data, self._data_bytes = "", [], 0
        return ServerSentEvent(name, b"\n".join(data)) if data else None


def loads(data: bytes) -> Any:
    """JSON as servers write it: ValueError only where there is no reading it at all.

    orjson refuses invalid UTF-8, lone surrogates and control characters; the slow reader lets them through,
    to be mended as text.
    """
    try:
        return orjson.loads(data)
    except ValueError:
        try:
            return json.loads(data.decode(errors="replace"), strict=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def dumps(value: Any) -> str:
    """JSON of what `loads` gave, which may hold halves of surrogates and numbers of any size: orjson writes neither."""
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:
        try:
            return json.dumps(value, default=str)
        except RecursionError:
            return "null"
