"""A short form of `make fuzz`: other numbers each time at a desk, the same where a change is decided over."""

import os
import random

import pytest

from chat.providers.completions import CompletionDecoder
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick
from tests.faults.world import SHORT, open_world
from tests.fuzz import doors
from tests.fuzz.streams import seeds, stream
from tests.product import PASSWORD
from tests.viewers import Person, follow

STREAMS, FRAMES, CURSORS = 600, 1000, 200
FIRST = 0 if os.environ.get("CI") else random.randrange(10**9)


async def test_whatever_a_model_server_sends_a_turn_ends_with_its_finish_or_a_reason():
    bodies = seeds()
    ends = set()
    for number in range(FIRST, FIRST + STREAMS):
        try:
            ends.add(await stream(number, bodies))
        except Exception as problem:
            problem.add_note(f"stream {number}")
            raise
    assert {"finished", "cut"} <= ends


FOUND = {
    "half a surrogate in an error": b'data: {"error":{"message":"a\\ud83d"}}\n\n',
    "a number of any size in an error": b'data: {"error":{"type":"x","n":99999999999999999999999}}\n\n',
    "both in arguments that are an object": b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,'
    b'"id":"a","function":{"name":"n","arguments":{"a":"\\ud83d","n":99999999999999999999999}}}]}}]}\n\n',
}


@pytest.mark.parametrize("body", FOUND.values(), ids=FOUND)
def test_what_was_found_is_mended(body):
    decoder = CompletionDecoder()
    said = [*decoder.feed(body), *decoder.end()]
    assert decoder.failure
    assert all(part.arguments.isascii() for part in said)


@pytest.fixture(scope="module")
def fuzzed(template, tmp_path_factory):
    environment = SHORT | {"POLL_SECONDS": "0.3"}
    with open_world(
        template, tmp_path_factory.mktemp("fuzzed"), environment, ModelServer({"quick": quick})
    ) as world:
        yield world


async def test_no_frame_and_no_cursor_harms_the_server_or_anybody_else(fuzzed):
    async with Person(fuzzed.product.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        viewer = await fuzzed.begin(alice, "quick")
        await viewer.finish()
        other = follow(alice, viewer.conversation, viewer.cursor, "socket")
        assert (await anext(other))["type"] == "heartbeat"
        sent = await doors.frames(alice, viewer.conversation, FRAMES, FIRST)
        assert sum(sent.values()) >= FRAMES
        assert sum((await doors.places(alice, viewer.conversation, CURSORS)).values()) == CURSORS
        await alice.act(fuzzed.last(viewer).turn, "retry")
        assert (await anext(other))["type"] != "reconnect", "another's socket goes on"
        await other.aclose()
    assert not doors.trouble(fuzzed.log)
