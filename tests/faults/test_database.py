"""The database is busy, locked by somebody else, or its journal is in trouble: nothing that was said is lost."""

import asyncio
import uuid

import pytest

from tests.faults.oracles import ends, eventually, exact
from tests.faults.scripts import paced, quick, words
from tests.reading import read
from tests.viewers import DOORS, Viewer

SCRIPTS = {"paced": paced(150), "quick": quick}
# A lease must outlive a lock that its renewal waits for.
ENVIRONMENT = {"TURN_LEASE_SECONDS": "10"}
LOCKED_SECONDS = 4


async def test_s16_a_database_locked_for_seconds_delays_and_loses_nothing(world, alice):
    """S16, rules 1 and 12: nothing is shown that is not written, and all of it comes in the end."""
    viewers = [await world.begin(alice, "paced", door=door) for door in DOORS]
    for viewer in viewers:
        await viewer.watch(lambda viewer: len(viewer.text) > 60)
    reading = [asyncio.create_task(viewer.finish()) for viewer in viewers]
    with world.ledger.locked():
        before = [viewer.text for viewer in viewers]
        await asyncio.sleep(LOCKED_SECONDS)
        for viewer, seen in zip(viewers, before, strict=True):
            shown = viewer.text
            assert world.ledger.journalled(world.last(viewer)).startswith(shown)
            assert shown.startswith(seen)
        assert (await alice.get("/healthz")).status == 200
    await asyncio.gather(*reading)
    for viewer in viewers:
        row = world.last(viewer)
        assert (row.status, row.text) == ("complete", words(150))
        await exact(world.ledger, row, [viewer], alice)


async def test_s16_a_send_waits_for_a_locked_database_and_is_made_once(world, alice):
    """S16"""
    key = uuid.uuid4().hex
    with world.ledger.locked():
        sending = [asyncio.create_task(alice.start(key, key, world.names["quick"])) for _ in range(3)]
        await asyncio.sleep(1)
        assert not any(task.done() for task in sending)
    places = await asyncio.gather(*sending)
    assert len(set(places)) == 1
    (turn,) = world.ledger.turns(places[0])
    assert (await ends(world.ledger, turn.turn)).status == "complete"


async def test_s16_many_writers_at_once_are_none_of_them_refused(world, alice):
    """S16: two hundred chats are begun while forty replies are written."""
    streaming = [await world.begin(alice, "paced") for _ in range(10)]
    few = asyncio.Semaphore(40)

    async def start() -> str:
        async with few:
            return await alice.start("Hello", model=world.names["quick"])

    places = await asyncio.gather(*(start() for _ in range(200)))
    for place in places:
        assert (await ends(world.ledger, world.ledger.turns(place)[0].turn)).status == "complete"
    for viewer in streaming:
        assert (await world.outcome(viewer)).text == words(150)
    assert "database is locked" not in world.log


@pytest.mark.parametrize("door", DOORS)
async def test_a_journal_that_cannot_be_written_for_a_while_loses_no_answer(world, alice, door):
    """Rule 12: the turn goes on, and viewers are told to load afresh when the journal is back."""
    viewer = await world.begin(alice, "paced", door=door)
    await viewer.watch(lambda viewer: len(viewer.text) > 60)
    reading = asyncio.create_task(viewer.finish())
    world.ledger.write("ALTER TABLE chat_journal_fence RENAME TO away")
    try:
        await eventually(lambda: "goes on without the journal" in world.log, 5, "a word in the log")
        await asyncio.sleep(1)
    finally:
        world.ledger.write("ALTER TABLE away RENAME TO chat_journal_fence")
    await reading
    row = world.last(viewer)
    assert (row.status, row.text) == ("complete", words(150))
    assert viewer.text == row.text
    assert viewer.reloads > 0
    fresh = await Viewer(alice, viewer.conversation).load()
    assert fresh.answer.text == read(row.text)


async def test_a_journal_that_is_away_to_the_end_leaves_the_answer_in_its_row(world, alice):
    """Rules 6 and 12: the end is written, and announced once the journal is back."""
    viewer = await world.begin(alice, "paced")
    await viewer.watch(lambda viewer: len(viewer.text) > 60)
    turn = world.last(viewer).turn
    reading = asyncio.create_task(viewer.finish(seconds=40))
    world.ledger.write("ALTER TABLE chat_journal_fence RENAME TO away")
    try:
        await eventually(lambda: world.models.asked("paced")[-1].ended, 10, "the model server has said all")
        await asyncio.sleep(1)
    finally:
        world.ledger.write("ALTER TABLE away RENAME TO chat_journal_fence")
    row = await ends(world.ledger, turn, 20)
    assert (row.status, row.text) == ("complete", words(150))
    await reading
    assert viewer.text == row.text
