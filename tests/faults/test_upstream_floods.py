"""A model server that sends more than anybody can want."""

import asyncio

import pytest

from tests.faults.model_server import Script, Wire, delta
from tests.faults.oracles import eventually
from tests.faults.scripts import endless, paced

KILOBYTE = "0123456789abcde " * 64
MEGABYTE = KILOBYTE * 1024
CAP = 1024 * 1024
ENVIRONMENT = {"TURN_MAX_BYTES": str(CAP), "TURN_TOTAL_SECONDS": "4"}


async def one_delta_of_20_mb(wire: Wire) -> None:
    await wire.head()
    await wire.send(delta(MEGABYTE * 20))
    await wire.gone()


async def as_fast_as_it_goes(wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.say(KILOBYTE)


SCRIPTS: dict[str, Script] = {
    "20-mb": one_delta_of_20_mb,
    "flood": as_fast_as_it_goes,
    "endless": endless,
    "paced": paced(20),
}


@pytest.mark.parametrize(
    "model",
    [pytest.param("20-mb", id="u37-one-delta-of-20-mb"), pytest.param("flood", id="u39-infinite-stream")],
)
async def test_a_flood_is_cut_at_the_cap_and_its_source_is_closed(world, alice, model):
    footprint = world.footprint()
    viewer = await world.begin(alice, model)
    row = await world.outcome(viewer)
    assert (row.status, row.finish_reason) == ("complete", "length")
    assert row.text == MEGABYTE
    deltas = [event["text"] for event in world.ledger.events(row.conversation) if event["type"] == "delta"]
    assert max(map(len, deltas)) <= 256 * 1024
    (request,) = world.models.asked(model)
    await eventually(lambda: request.gone, 2, "the connection to the model server is closed")
    assert footprint.grown_mb() < 200


async def test_u39_a_stream_without_an_end_is_ended_by_the_clock(world, alice):
    """U39"""
    viewer = await world.begin(alice, "endless")
    row = await world.outcome(viewer, seconds=8)
    assert (row.status, row.reason) == ("interrupted", "total")
    (request,) = world.models.asked("endless")
    await eventually(lambda: request.gone, 2, "the connection to the model server is closed")


async def test_a_flood_for_one_holds_up_nobody_else(world, alice, bob):
    """O5, rule 10"""
    slow = await world.begin(bob, "paced")
    flood = await world.begin(alice, "flood")
    row, _ = await asyncio.gather(world.outcome(slow), world.outcome(flood))
    assert row.status == "complete"
