"""Replies are made by other processes than those that serve: whichever of them dies, sleeps or goes, one writer, one end."""

import time

import pytest

from tests.faults.oracles import asleep, ends, eventually, kept
from tests.faults.scripts import words
from tests.viewers import Viewer

LONG_ENOUGH = 40
TERMINAL_WITHIN = 15


@pytest.fixture
async def alice(site, enter):
    return await enter(site, "alice")


async def under_way(site, person, model):
    viewer = await site.begin(person, model)
    await viewer.watch(lambda v: len(v.text) > LONG_ENOUGH)
    return viewer


def replaced(site, worker):
    """Whoever dies in one test is there again for the next."""
    site.workers.remove(worker)
    site.add_worker()


async def test_it_is_asked_for_at_one_process_followed_at_another_and_stopped_from_a_third(
    site, enter, alice
):
    second, third = site.add_web(), site.add_web()
    reader, stopper = await enter(site, "alice", second.url), await enter(site, "alice", third.url)
    asked = await under_way(site, alice, "endless")
    turn = site.last(asked).turn
    elsewhere = Viewer(reader, asked.conversation, "stream")
    await elsewhere.load()
    await elsewhere.watch(lambda v: len(v.text) > 3 * LONG_ENOUGH)
    assert (await stopper.act(turn, "stop")).status == 303
    answered = time.monotonic()
    request = site.models.asked("endless")[-1]
    await eventually(lambda: request.gone, 2, "the connection to the model server to close")
    assert request.gone - answered < 0.5
    row = await site.outcome(asked)
    await elsewhere.finish(turn)
    assert row.status == "stopped"
    assert elsewhere.texts[turn] == row.text
    third.kill()
    second.kill()


async def test_what_a_killed_worker_had_written_is_kept_and_another_goes_on(site, alice):
    """S2"""
    viewer = await under_way(site, alice, "endless")
    turn, victim = site.last(viewer).turn, site.busy()
    seen = viewer.text
    victim.kill()
    killed = time.monotonic()
    another = await site.begin(alice, "short")
    row = await site.outcome(another)
    assert (row.status, row.text) == ("complete", words(25))
    lost = await ends(site.ledger, turn, TERMINAL_WITHIN)
    assert time.monotonic() - killed < TERMINAL_WITHIN
    assert (lost.status, lost.reason) == ("interrupted", "server")
    kept(seen, lost)
    await site.outcome(viewer)
    assert "continue" in (await site.shown(viewer, turn)).actions
    replaced(site, victim)


async def test_a_worker_that_slept_past_its_lease_can_write_nowhere(site, alice):
    viewer = await under_way(site, alice, "endless")
    turn, sleeper = site.last(viewer).turn, site.busy()
    request = site.models.asked("endless")[-1]
    seen = viewer.text
    async with asleep(sleeper, site.ledger):
        row = await ends(site.ledger, turn, 15)
    assert (row.status, row.reason) == ("interrupted", "server")
    kept(seen, row)
    await eventually(lambda: request.gone, 10, "the sleeper to give up")
    assert site.ledger.turn(turn) == row
    await site.outcome(viewer)


async def test_a_worker_that_is_told_to_end_lets_replies_end_and_keeps_the_text_of_those_that_do_not(
    site, enter, alice
):
    """S4: what nobody has seen anything of begins again at another worker."""
    going, *idle = site.workers
    for worker in idle:
        assert worker.terminate() < 3, "there is nothing to wait for"
    site.workers[1:] = []
    endless, short = await under_way(site, alice, "endless"), await site.begin(alice, "short")
    seen, asked = endless.text, len(site.models.asked("silent"))
    silent = await site.begin(alice, "silent")
    await site.asked("silent", asked + 1)
    site.add_worker()
    seconds = going.terminate()
    site.workers.remove(going)
    assert 1.5 < seconds < 10, "it takes as long as it is given, and no longer"
    assert site.ledger.turn(site.last(short).turn).text == words(25)
    row = site.ledger.turn(site.last(endless).turn)
    assert (row.status, row.reason) == ("interrupted", "server")
    await site.outcome(endless)
    kept(seen, row)
    await site.asked("silent", asked + 2)
    again = site.last(silent)
    assert (again.status, again.attempt) == ("running", 2)
    await alice.act(again.turn, "stop")
    assert (await site.outcome(silent)).status == "stopped"


async def test_a_message_that_comes_twice_runs_the_turn_once(site, alice):
    before = len(site.models.asked("quick"))
    viewer = await site.begin(alice, "quick")
    await site.outcome(viewer)
    with site.redis.client() as redis:
        (_, fields), *_ = redis.xrevrange("rivulet:queue", count=1)
        for _ in range(20):
            redis.xadd("rivulet:queue", fields)
    slow = await site.begin(alice, "short")
    with site.redis.client() as redis:
        (_, fields), *_ = redis.xrevrange("rivulet:queue", count=1)
        for _ in range(20):
            redis.xadd("rivulet:queue", fields)
    await site.outcome(slow)
    assert len(site.models.asked("quick")) == before + 1
    assert site.last(slow).attempt == 1


async def test_a_queue_that_forgot_everything_loses_no_turn(site, alice):
    """S8"""
    for worker in site.workers:
        worker.kill()
    site.workers.clear()
    viewers = [await site.begin(alice, "quick") for _ in range(3)]
    with site.redis.client() as redis:
        redis.flushall()
    site.add_worker()
    for viewer in viewers:
        assert (await site.outcome(viewer)).text == "Done."


async def test_a_broker_that_says_nothing_keeps_nobody_waiting_and_the_turn_is_found(site, alice):
    """S7"""
    before = len(site.models.asked("quick"))
    site.redis.freeze()
    try:
        began = time.monotonic()
        conversation = await alice.start("Go on.", model=site.names["quick"])
        assert time.monotonic() - began < 2
    finally:
        site.redis.thaw()
    row = await ends(site.ledger, site.ledger.turns(conversation)[-1].turn, 20)
    assert (row.status, row.text) == ("complete", "Done.")
    assert len(site.models.asked("quick")) == before + 1


async def test_a_broker_that_has_begun_anew_is_heard_again(site, alice):
    """S5"""
    site.redis.kill()
    site.redis.start()
    viewer = await site.begin(alice, "quick")
    assert (await site.outcome(viewer)).text == "Done."

    def read():
        with site.redis.client() as redis:
            return redis.exists("rivulet:queue") and redis.xinfo_groups("rivulet:queue")

    group = (await eventually(read, 15, "a worker that reads"))[0]
    assert (group["name"], group["pending"]) == ("workers", 0)
