"""A provider takes so many replies at once, over all workers. The others wait in line, person by person, and see their
place."""

import asyncio
import re
from itertools import pairwise

import pytest

from tests.faults.oracles import ends, eventually
from tests.viewers import Viewer, follow


@pytest.fixture
async def people(site, enter):
    return [await enter(site, name) for name in ("alice", "bob", "charlie")]


@pytest.fixture
def one_at_a_time(site):
    site.limit(1)
    yield
    site.limit(None)


async def test_a_person_who_waits_is_told_how_many_are_before_them_live_and_on_a_page(
    site, people, one_at_a_time
):
    alice, bob, charlie = people
    first = await site.begin(alice, "endless")
    await first.watch(lambda v: len(v.text) > 10)
    second = await site.begin(bob, "endless")
    third = await site.begin(charlie, "endless")
    turn = site.last(third).turn
    told: list[int] = []
    telling = asyncio.create_task(hear_places(third, turn, told))

    async def place(viewer):
        shown = await site.shown(viewer, site.last(viewer).turn)
        said = re.search(r"is busy: ([^.]+)", shown.whole)
        return shown.status, said and said[1]

    async def waits(viewer, words):
        while await place(viewer) != ("queued", words):
            await asyncio.sleep(0.05)

    async with asyncio.timeout(20):
        await waits(second, "you are next")
        await waits(third, "1 before you")
    await alice.act(site.last(first).turn, "stop")
    async with asyncio.timeout(20):
        await waits(third, "you are next")
    assert site.ledger.turn(site.last(second).turn).status == "running"
    await eventually(lambda: told and told[-1] == 0, 10, "a frame that says so as well")
    await bob.act(site.last(second).turn, "stop")
    async with asyncio.timeout(20):
        await telling
    events = [event for event in site.ledger.events(third.conversation) if event["type"] == "turn.waiting"]
    assert [event["before"] for event in events] == [1, 0], "each place is told once, by however many workers"
    await third.watch(lambda v: len(v.text) > 10)
    await charlie.act(turn, "stop")
    assert (await site.outcome(third)).status == "stopped"
    assert (await place(third))[0] == "stopped"


async def hear_places(viewer: Viewer, turn: str, told: list[int]) -> None:
    """What the frames say of its place, up to its first word."""
    async for frame in follow(viewer.person, viewer.conversation, viewer.cursor, "socket"):
        if frame["type"] == "turn.waiting" and frame["turn"] == turn:
            told.append(frame["before"])
        elif frame["type"] == "delta":
            break


async def test_a_limit_holds_over_all_workers_and_many_turns_of_one_person_keep_nobody_waiting(
    site, people, one_at_a_time
):
    alice, bob, _ = people
    first = await site.begin(alice, "endless")
    await first.watch(lambda v: len(v.text) > 10)
    before = len(site.models.requests)
    greedy = [await site.begin(alice, "short") for _ in range(4)]
    modest = await site.begin(bob, "short")
    assert len(site.models.requests) == before
    await alice.act(site.last(first).turn, "stop")
    rows = [await ends(site.ledger, site.last(viewer).turn, 30) for viewer in (modest, *greedy)]
    assert {row.status for row in rows} == {"complete"}
    requests = site.models.requests[before:]
    assert len(requests) == 5
    for earlier, later in pairwise(requests):
        assert earlier.ended <= later.began, "two were under way at once"
    begun = site.ledger.query("SELECT id FROM chat_turn WHERE started IS NOT NULL ORDER BY started")
    assert begun[-5:] == [(row.turn.replace("-", ""),) for row in rows], (
        "bob first, since alice was served last"
    )


async def test_a_turn_that_is_stopped_while_it_waits_leaves_the_line(site, people, one_at_a_time):
    alice, bob, charlie = people
    first = await site.begin(alice, "endless")
    await first.watch(lambda v: len(v.text) > 10)
    second = await site.begin(bob, "quick")
    third = await site.begin(charlie, "quick")
    before = len(site.models.asked("quick"))
    await bob.act(site.last(second).turn, "stop")
    assert (await site.outcome(second)).status == "stopped"
    await alice.act(site.last(first).turn, "stop")
    assert (await site.outcome(third)).text == "Done."
    assert len(site.models.asked("quick")) == before + 1
    await eventually(lambda: site.last(first).status == "stopped", 5)


async def test_a_model_that_stands_in_is_waited_for_where_its_provider_takes_no_more(
    site, people, one_at_a_time
):
    alice, bob, _ = people
    site.connect("nobody", "http://127.0.0.1:9/v1", ["absent"])
    stands_in = [site.names["quick"], site.names["absent"]]
    site.ledger.write("UPDATE chat_model SET fallback_id = ? WHERE id = ?", stands_in)
    first = await site.begin(alice, "endless")
    await first.watch(lambda v: len(v.text) > 10)
    asked_before = len(site.models.asked("quick"))
    second = await site.begin(bob, "absent")

    async def waits():
        shown = await site.shown(second, site.last(second).turn)
        return shown.status == "queued" and "you are next" in shown.whole

    async with asyncio.timeout(20):
        while not await waits():
            await asyncio.sleep(0.05)
    assert len(site.models.asked("quick")) == asked_before
    await alice.act(site.last(first).turn, "stop")
    row = await site.outcome(second)
    assert (row.status, row.text) == ("complete", "Done.")
    assert len(site.models.asked("quick")) == asked_before + 1
