"""What real servers send and no manual mentions: the text arrives all the same."""

import asyncio
import json

import pytest

from tests.faults.model_server import DONE, Script, Wire, chunk, delta, event, finish
from tests.faults.scripts import once

TEXT = "Grüße, 世界! 👩‍👩‍👧 Ende.\r\n\u2028x"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def raw(*pieces: bytes) -> Script:
    """Each piece in a packet of its own."""

    async def script(wire: Wire) -> None:
        await wire.head()
        for piece in pieces:
            await wire.send(piece)
            await asyncio.sleep(0.001)

    return script


def byte_by_byte(data: bytes) -> Script:
    return raw(*(data[at : at + 1] for at in range(len(data))))


def unescaped(text: str) -> bytes:
    return b"data: " + json.dumps(chunk({"content": text}), ensure_ascii=False).encode() + b"\n\n"


def halves(high: bytes, low: bytes) -> bytes:
    """Two deltas with one UTF-16 half each, as escapes."""
    pieces = [b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % half for half in (high, low)]
    return b"".join(pieces)


CASES: dict[str, tuple[Script, str]] = {
    "u19-choices-missing": (raw(event({"id": "x"}), event({"choices": None}), once("Hello")), "Hello"),
    "u20-choices-empty": (
        raw(
            event({"choices": [], "prompt_filter_results": []}),
            delta("Hello"),
            finish(),
            event({"choices": [], "usage": USAGE}),
            DONE,
        ),
        "Hello",
    ),
    "u22-role-first": (
        raw(
            event(chunk({"role": "assistant", "content": None})), event(chunk({"content": ""})), once("Hello")
        ),
        "Hello",
    ),
    "u29-crlf": (byte_by_byte(once("Hello").replace(b"\n", b"\r\n")), "Hello"),
    "u29-cr": (byte_by_byte(once("Hello").replace(b"\n", b"\r")), "Hello"),
    "u32-bytes-one-by-one": (byte_by_byte(unescaped(TEXT) + finish() + DONE), TEXT),
    "u33-surrogates-split": (raw(halves(b"a\\ud83d", b"\\ude00b"), finish(), DONE), "a😀b"),
    "u33-surrogate-alone": (raw(halves(b"a\\ud83d", b"b"), finish(), DONE), "a\ufffdb"),
    "u33-surrogate-last": (raw(delta("a"), halves(b"b", b"\\ud83d"), finish(), DONE), "ab\ufffd"),
    "u34-invalid-utf8": (raw(unescaped("a?b").replace(b"?", b"\xff"), finish(), DONE), "a\ufffdb"),
    "u35-nul": (raw(delta("a\x00b"), finish(), DONE), "ab"),
}
SCRIPTS: dict[str, Script] = {name: script for name, (script, _) in CASES.items()}


@pytest.mark.parametrize("model", CASES)
async def test_an_odd_stream_gives_its_text_whole(world, alice, model):
    viewer = await world.begin(alice, model)
    row = await world.outcome(viewer)
    assert (row.status, row.text) == ("complete", CASES[model][1])


async def test_u20_usage_is_read_from_a_chunk_without_choices(world, alice):
    """U20"""
    viewer = await world.begin(alice, "u20-choices-empty")
    row = await world.outcome(viewer)
    counted = world.ledger.query(
        "SELECT prompt_tokens, completion_tokens FROM chat_turn WHERE id = ?", [row.turn.replace("-", "")]
    )
    assert counted == [(7, 3)]


async def test_u22_nothing_is_painted_before_there_is_a_text(world, alice):
    """U22"""
    viewer = await world.begin(alice, "u22-role-first")
    await world.outcome(viewer)
    assert all(frame["text"] for frame in viewer.heard if frame["type"] == "delta")


@pytest.mark.parametrize("cut", range(1, 12))
async def test_u32_a_character_cut_at_any_byte_arrives_whole(world, alice, cut):
    """U32: the same text in two packets, cut at twelve places of an emoji's bytes and around them."""
    whole = unescaped("ab😀é世cd") + finish() + DONE
    at = whole.index("😀".encode()) - 1 + cut
    world.models.scripts["u34-invalid-utf8"] = raw(whole[:at], whole[at:])
    try:
        row = await world.outcome(await world.begin(alice, "u34-invalid-utf8"))
    finally:
        world.models.scripts["u34-invalid-utf8"] = CASES["u34-invalid-utf8"][0]
    assert row.text == "ab😀é世cd"
