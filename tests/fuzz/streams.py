"""Answers of model servers as none would send them, through the decoders and the engine.

Each begins as one that was recorded or written by hand, and is then cut, bent, spliced with another and read in pieces of any
size. Whatever it is, a turn ends: with its finish, or with an error that says why.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from chat.providers.base import Part, Prompt, ProviderError, Reasoning, Said, Text, ToolCall, ToolResult
from chat.providers.completions import CompletionDecoder
from chat.providers.connection import parts_of
from chat.providers.decoder import Decoder
from chat.providers.messages import MessageDecoder
from chat.providers.responses import ResponseDecoder
from chat.turns.engine import Limits, run
from tests.providers.recorded import recordings
from tests.providers.wires import WRITTEN

DECODERS: list[type[Decoder]] = [CompletionDecoder, ResponseDecoder, MessageDecoder]
Seed = tuple[type[Decoder], bytes]
LIMITS = Limits(
    first_token=5,
    idle=5,
    total=10,
    retries=0,
    retry_max=0,
    max_bytes=100_000,
    delta_max_bytes=1000,
    rounds=2,
)
PROMPT = Prompt("m", [Said("user", "hello")])
ODD = [
    *(b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"NaN", b"true", b"9" * 400, b"[" * 200, b'{"a":' * 200),
    *(
        b'"\\ud83d"',
        b'"\\ude00"',
        b'"\\u0000"',
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n",
        b"\r\n\r\n",
    ),
    *(b"data: [DONE]\n\n", b"event: error\n", b"data: {}\n\n", b": \n", b"data:", b"x" * 5000, b"<html>"),
]


def seeds() -> list[Seed]:
    recorded = [
        (MessageDecoder if "anthropic" in found.name else CompletionDecoder, found.body)
        for found in recordings()
    ]
    return [*recorded, *((written.decoder, written.body) for written in WRITTEN)]


class Bent:
    """A provider that answers with whatever the chance of its number makes of the seeds."""

    label = "bent"

    def __init__(self, chance: random.Random, bodies: Sequence[Seed]) -> None:
        self._chance, self._bodies = chance, bodies

    async def stream(self, prompt: Prompt) -> AsyncIterator[Part]:
        decoder, body = bent(self._chance, self._bodies)
        response: Any = Response(self._chance, body)
        async with aclosing(parts_of(response, decoder, "sk-key")) as parts:
            async for part in parts:
                yield part


class Response:
    """What of an HTTP response the decoding of answers asks for."""

    def __init__(self, chance: random.Random, body: bytes) -> None:
        self._chance, self._body = chance, body
        self.num_bytes_downloaded = len(body)
        self.headers = {"content-type": chance.choice(["text/event-stream", "application/json", ""])}

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        largest = self._chance.choice([1, 7, 100, 4096, 1_000_000])
        at = 0
        # One byte at a time through all of a long answer would be the same again and again.
        largest = max(largest, len(self._body) // 500)
        while at < len(self._body):
            size = self._chance.randint(1, largest)
            yield self._body[at : at + size]
            at += size
        if self._chance.random() < 0.1:
            raise OSError("the connection was reset")

    async def aclose(self) -> None:
        pass


def bent(chance: random.Random, bodies: Sequence[Seed]) -> Seed:
    """Now and then for a decoder that expects another format."""
    decoder, body = chance.choice(bodies)
    if chance.random() < 0.1:
        decoder = chance.choice(DECODERS)
    for _ in range(chance.choice([0, 1, 1, 2, 3, 8])):
        body = chance.choice(BENDS)(chance, body, bodies)[:200_000]
    return decoder, body


def _cut(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    return body[: chance.randint(0, len(body))]


def _flip(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]


def _drop(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    first, last = sorted(chance.randint(0, len(body)) for _ in range(2))
    return body[:first] + body[last:]


def _put(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + chance.choice(ODD) + body[at:]


def _value(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    """Something else in place of what follows a colon."""
    places = [at for at, byte in enumerate(body) if byte == ord(":")]
    if not places:
        return body
    at = chance.choice(places) + 1
    end = min((found for mark in (b",", b"}") if (found := body.find(mark, at)) > 0), default=len(body))
    return body[:at] + chance.choice(ODD) + body[end:]


def _events(chance: random.Random, body: bytes, bodies: Sequence[Seed]) -> bytes:
    """Events of two answers, in any order."""
    events = body.split(b"\n\n") + chance.choice(bodies)[1].split(b"\n\n")
    chance.shuffle(events)
    return b"\n\n".join(events)


def _woven(chance: random.Random, body: bytes, bodies: Sequence[Seed]) -> bytes:
    """Events of two answers, each in its own order."""
    sides = [body.split(b"\n\n"), chance.choice(bodies)[1].split(b"\n\n")]
    woven = []
    while any(sides):
        woven.append(chance.choice([side for side in sides if side]).pop(0))
    return b"\n\n".join(woven)


def _twice(chance: random.Random, body: bytes, _: Sequence[Seed]) -> bytes:
    first, last = sorted(chance.randint(0, len(body)) for _ in range(2))
    return body[:last] + body[first:]


BENDS = [_cut, _flip, _flip, _drop, _put, _value, _value, _events, _woven, _twice]


class Tools:
    """Calls bring something, or nothing."""

    waited = 0.0

    async def answer(self, calls: Sequence[ToolCall]) -> Sequence[ToolResult]:
        return [ToolResult(call.id, "4") for call in calls]


async def stream(number: int, bodies: Sequence[Seed]) -> str:
    """How the turn of that number ends: `finished`, or the reason of its error. Raises where it breaks a rule."""
    chance = random.Random(number)
    toolbox = Tools() if chance.random() < 0.5 else None
    written = 0
    try:
        async with asyncio.timeout(30), aclosing(run(Bent(chance, bodies), PROMPT, LIMITS, toolbox)) as parts:
            async for part in parts:
                if isinstance(part, Text | Reasoning):
                    data = part.text.encode()  # which half a surrogate cannot be
                    written += len(data)
                    assert b"\x00" not in data, "NUL, which PostgreSQL refuses"
                    assert len(data) <= LIMITS.delta_max_bytes, "a delta that is larger than one may be"
                assert written <= LIMITS.max_bytes, "a reply that is longer than one may be"
    except ProviderError as error:
        problem = error
    else:
        return "finished"
    assert problem.message, "an error that says nothing"
    assert "sk-key" not in problem.message
    return problem.reason
