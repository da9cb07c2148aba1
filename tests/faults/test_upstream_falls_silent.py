"""The model server says nothing, or nothing that is a token: the deadlines are ours."""

import asyncio

import pytest

from tests.faults.model_server import Script, Wire
from tests.faults.oracles import eventually, explained, kept
from tests.faults.scripts import (
    paced,
    silent_after_headers,
    silent_before_headers,
    ticking,
    word,
    words,
)

SAID = 3


async def silent_in_the_middle(wire: Wire) -> None:
    await wire.head()
    async for number in ticking(SAID, 50):
        await wire.say(word(number))
    await wire.gone()


async def comments_for_ever(wire: Wire) -> None:
    """A gateway that keeps a dead connection warm. The question says how many words come first."""
    await wire.head()
    for number in range(int(wire.request.text)):
        await wire.say(word(number))
    while True:
        await wire.send(b": keep-alive\n\n")
        await asyncio.sleep(0.1)


SCRIPTS: dict[str, Script] = {
    "before-headers": silent_before_headers,
    "after-headers": silent_after_headers,
    "in-the-middle": silent_in_the_middle,
    "comments": comments_for_ever,
    "paced": paced(20),
}


@pytest.mark.parametrize(
    ("model", "text"),
    [
        pytest.param("before-headers", "u9", id="u9-no-headers"),
        pytest.param("after-headers", "u10", id="u10-headers-and-nothing"),
        pytest.param("comments", "0", id="u12-nothing-but-comments"),
    ],
)
async def test_a_server_that_never_begins_is_given_up_after_the_deadline_and_asked_once(
    world, alice, model, text
):
    viewer = await world.begin(alice, model, text)
    row = await world.outcome(viewer, seconds=6)
    assert (row.status, row.reason, row.text) == ("failed", "first_token", "")
    explained(row, (await alice.open(viewer.conversation)).answer)
    (request,) = world.models.asked_with(text)
    await eventually(lambda: request.gone, 2, "the connection to the model server is closed")


@pytest.mark.parametrize(
    ("model", "text"),
    [
        pytest.param("in-the-middle", "u11", id="u11-silence-in-the-middle"),
        pytest.param("comments", str(SAID), id="u12-comments-in-the-middle"),
    ],
)
async def test_a_server_that_falls_silent_leaves_its_text_and_a_way_on(world, alice, model, text):
    viewer = await world.begin(alice, model, text)
    row = await world.outcome(viewer, seconds=6)
    assert (row.status, row.reason, row.text) == ("interrupted", "idle", words(SAID))
    explained(row, (await alice.open(viewer.conversation)).answer, way_out="continue")
    (request,) = world.models.asked_with(text)
    await eventually(lambda: request.gone, 2, "the connection to the model server is closed")


async def test_u11_continue_goes_on_from_the_text_that_was_kept(world, alice):
    """U11"""
    viewer = await world.begin(alice, "in-the-middle", "on and on")
    first = await world.outcome(viewer)
    world.models.scripts["in-the-middle"] = paced(5)
    await alice.act(first.turn, "continue")
    second = await world.outcome(viewer)
    kept(words(SAID), second)
    assert (second.status, second.text) == ("complete", words(SAID) + words(5))
    assert (await alice.open(viewer.conversation)).answer.turn == second.turn
    world.models.scripts["in-the-middle"] = silent_in_the_middle
