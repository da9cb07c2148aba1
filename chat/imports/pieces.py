"""The conversations of a JSON file as slices of it, so that only one of them at a time is ever built in memory.

A file of 50 MB that is built at once may take a gigabyte: three characters, `{},`, make an object of 72 bytes.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from mmap import mmap
from typing import Any

import orjson

from .base import NotTaken

Buffer = bytes | mmap
CONVERSATIONS_MAX = 20_000
CONVERSATION_MAX_BYTES = 64 * 1024 * 1024
VALUES_MAX = 3_000_000
MEMBERS_MAX = 1_000
# A string, one that has no end, or what separates values. Possessive, so that no input makes it go back.
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|"|[\[\]{},]', re.S)
SPACE = re.compile(rb"[ \t\r\n]*")
SCALAR = re.compile(rb"[^ \t\r\n,\]}]+")
BOM = b"\xef\xbb\xbf"


def conversations(buffer: Buffer) -> Iterator[Any]:
    """The values that may be conversations, each built when it is asked for; NotTaken in place of one that cannot be.

    Raises NotTaken where the file itself is no JSON that we know, or ends before its time.
    """
    at = _skip(buffer, len(BOM) if buffer[: len(BOM)] == BOM else 0)
    first = buffer[at : at + 1]
    if first == b"[":
        yield from _elements(buffer, at)
    elif first == b"{":
        yield from _of_object(buffer, at)
    else:
        raise NotTaken("not_json")


def _of_object(buffer: Buffer, at: int) -> Iterator[Any]:
    """Those of our own envelope, or the object itself."""
    for key, start in _members(buffer, at):
        if key == b'"conversations"' and buffer[start : start + 1] == b"[":
            yield from _elements(buffer, start)
            return
    yield _build(buffer, at, *_end(buffer, at))


def _elements(buffer: Buffer, at: int) -> Iterator[Any]:
    at = _skip(buffer, at + 1)
    for number in range(CONVERSATIONS_MAX + 1):
        if buffer[at : at + 1] == b"]":
            return
        if number == CONVERSATIONS_MAX:
            raise NotTaken("conversations")
        end, values = _end(buffer, at)
        yield _build(buffer, at, end, values)
        at = _skip(buffer, end)
        if buffer[at : at + 1] == b",":
            at = _skip(buffer, at + 1)
        elif buffer[at : at + 1] != b"]":
            raise NotTaken("cut")


def _members(buffer: Buffer, at: int) -> Iterator[tuple[bytes, int]]:
    """The keys of an object as they are written, and where their values begin."""
    at = _skip(buffer, at + 1)
    for _ in range(MEMBERS_MAX):
        key = TOKEN.match(buffer, at)
        if not key or key[0][:1] != b'"' or len(key[0]) < 2:
            return
        at = _skip(buffer, key.end())
        if buffer[at : at + 1] != b":":
            return
        at = _skip(buffer, at + 1)
        yield key[0], at
        at = _skip(buffer, _end(buffer, at)[0])
        if buffer[at : at + 1] != b",":
            return
        at = _skip(buffer, at + 1)


def _end(buffer: Buffer, at: int) -> tuple[int, int]:
    """Where a value ends, and about how many values it is made of."""
    if buffer[at : at + 1] not in (b"[", b"{"):
        found = TOKEN.match(buffer, at) if buffer[at : at + 1] == b'"' else SCALAR.match(buffer, at)
        if not found or found[0] == b'"':
            raise NotTaken("cut")
        return found.end(), 1
    depth = values = 0
    for token in TOKEN.finditer(buffer, at):
        kind = buffer[token.start()]
        if kind in b"[{":
            depth += 1
            values += 1
        elif kind in b"]}":
            depth -= 1
            if not depth:
                return token.end(), values
        elif kind in b",":
            values += 1
        elif token.end() - token.start() == 1:
            break
    raise NotTaken("cut")


def _build(buffer: Buffer, at: int, end: int, values: int) -> Any:
    if end - at > CONVERSATION_MAX_BYTES or values > VALUES_MAX:
        return NotTaken("large")
    text = buffer[at:end]
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(text)
    try:
        # Not quite JSON, and written by many: NaN and lone surrogates.
        return json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return NotTaken("broken")


def _skip(buffer: Buffer, at: int) -> int:
    space = SPACE.match(buffer, at)
    return space.end() if space else at
