"""On many processes, whichever dies or is told to go: every viewer ends with the whole text, and nothing is asked twice."""

import asyncio
import os
import signal
import time
from itertools import cycle, islice

from tests.cluster import Member, revive
from tests.faults.oracles import eventually, eventually_async
from tests.kills.__main__ import SHORT_WORDS, WORDS
from tests.kills.chaos import Blow, Chaos, blows
from tests.kills.crowd import Crowd
from tests.kills.verdict import judge
from tests.product import answers

GOES_WITHIN = 10
# Those first that are quickly back: all of them are to die amid the replies.
KINDS = ("redis", "nginx", "postgres", "web-1", "worker-1")


async def test_any_one_process_is_killed_and_every_viewer_ends_with_the_whole_text(world, rounds):
    crowd, chaos, replies = Crowd(world, "long", seed=1), Chaos(world.product, at_once=1), rounds(20, 100)
    async with crowd.signed_in():
        reading = [asyncio.create_task(crowd.read_one()) for _ in range(replies)]
        await eventually(lambda: _under_way(crowd) == replies, 60, "all to be under way")
        await chaos.strike((Blow(name, "kill", 0) for name in KINDS), seconds=60)
        await asyncio.gather(*reading)
        verdict = judge(world, crowd, WORDS)
    print(verdict)
    assert not verdict.wrong, verdict
    assert verdict.ends["complete"] + verdict.ends["interrupted"] == replies


async def test_redis_dies_and_then_the_workers_before_a_row_can_be_written(world):
    """The log begins anew, whoever looks at it, and only the log has what was shown last."""
    crowd, members = Crowd(world, "long", seed=4), world.product.members
    workers = [member for name, member in members.items() if name.startswith("worker")]
    async with crowd.signed_in():
        reading = [asyncio.create_task(crowd.read_one()) for _ in range(6)]
        await eventually(lambda: _under_way(crowd) == 6, 60, "all to be under way")
        members["postgres"].freeze()
        before = _shown(crowd)
        await eventually(lambda: _shown(crowd) > before + 6 * 100, 10, "more than rows have")
        members["redis"].kill()
        members["redis"].start()
        with world.product.redis.client() as client:
            appends = client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)
            await eventually(
                lambda: client.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0) > appends + 6,
                20,
                "the workers to come back to Redis",
            )
        for worker in workers:
            worker.kill()
        members["postgres"].thaw()
        await asyncio.gather(*(asyncio.to_thread(revive, worker) for worker in workers), *reading)
        verdict = judge(world, crowd, WORDS)
    print(verdict)
    assert not verdict.wrong, verdict
    assert set(verdict.ends) == {"interrupted"}


async def test_processes_that_are_restarted_in_turn_lose_nothing(world, rounds):
    """As in an upgrade: told to go, and begun again, one after the other."""
    crowd, members = Crowd(world, "short", seed=2), world.product.members
    async with crowd.signed_in():
        talking = crowd.begin(6)
        for name in islice(cycle(("web-1", "worker-1", "web-2", "worker-2")), rounds(4, 50)):
            began = time.monotonic()
            await asyncio.to_thread(members[name].stop)
            assert time.monotonic() - began < GOES_WITHIN, f"{name} took its time to go"
            await asyncio.to_thread(revive, members[name])
        crowd.close()
        await asyncio.gather(*talking)
        verdict = judge(world, crowd, SHORT_WORDS)
    print(verdict)
    assert not verdict.wrong, verdict
    assert set(verdict.ends) == {"complete"}


async def test_a_process_that_serves_dies_or_goes_over_sends_and_no_sender_hears_of_it(world):
    """It sleeps, so that it has sends which it has not answered. The other one takes them under the same keys."""
    crowd, members = Crowd(world, "short", seed=5), world.product.members
    async with crowd.signed_in():
        for name, end in (("web-1", _kill), ("web-2", _stop)):
            members[name].freeze()
            # One that was away a moment ago is out of turn with nginx for two seconds.
            await eventually_async(lambda: asyncio.to_thread(answers, world.product.url), 30)
            sending = [asyncio.create_task(crowd.read_one()) for _ in range(12)]
            await asyncio.sleep(0)  # all of them have begun
            await eventually(lambda: _unsent(crowd) < 12, 60, "the other one to have answered one")
            assert _unsent(crowd), f"{name} has been asked nothing"
            await end(members[name])
            await asyncio.gather(*sending)
            await asyncio.to_thread(revive, members[name])
        verdict = judge(world, crowd, SHORT_WORDS)
    print(verdict)
    assert not verdict.wrong, verdict
    assert set(verdict.ends) == {"complete"}
    assert not verdict.refused, verdict


async def _kill(member: Member) -> None:
    await asyncio.to_thread(member.kill)


async def _stop(member: Member) -> None:
    """It is told while it sleeps, and wakes."""
    pid = member.pid
    stopping = asyncio.create_task(asyncio.to_thread(member.stop))
    await eventually(lambda: not member.is_running, 20, "it to be told")
    os.kill(pid, signal.SIGCONT)
    await stopping


async def test_two_at_a_time_are_killed_told_to_go_and_put_to_sleep_by_chance(world, rounds):
    crowd, chaos = Crowd(world, "long", seed=3, readers=2), Chaos(world.product)
    async with crowd.signed_in():
        talking = crowd.begin(5)
        await chaos.strike(blows(world.product.members, 1, rounds(6, 100)), seconds=rounds(6, 90))
        crowd.close()
        await asyncio.gather(*talking)
        verdict = judge(world, crowd, WORDS)
    print(verdict)
    assert not verdict.wrong, verdict


def _shown(crowd: Crowd) -> int:
    return sum(len(text) for asked in crowd.asked for v in asked.viewers for text in v.texts.values())


def _unsent(crowd: Crowd) -> int:
    return sum(not asked.conversation for asked in crowd.asked)


def _under_way(crowd: Crowd) -> int:
    return sum(
        any(len(text) > 20 for v in asked.viewers for text in v.texts.values()) for asked in crowd.asked
    )
