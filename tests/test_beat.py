import asyncio

import pytest

from chat.beat import SECONDS, Beat

pytestmark = pytest.mark.asyncio


async def test_those_who_begin_to_rest_one_after_the_other_wake_together():
    beat, turn, woken = Beat(), 0, []

    async def rest() -> None:
        await beat.rest(4 * SECONDS)
        woken.append(turn)

    tasks = []
    async with asyncio.timeout(10):
        while len(tasks) < 20 or not all(task.done() for task in tasks):
            if len(tasks) < 20:
                tasks.append(asyncio.create_task(rest()))
            await asyncio.sleep(0)
            turn += 1
    # One turn, or more where the machine was so busy that they began beats apart.
    assert len(woken) == 20
    assert len(set(woken)) <= 5


async def test_a_rest_is_as_long_as_asked_for_to_half_a_beat():
    beat, loop = Beat(), asyncio.get_running_loop()
    begun = loop.time()
    await beat.rest(4 * SECONDS)
    assert loop.time() - begun > 3.4 * SECONDS


async def test_whoever_stops_resting_takes_nobody_along():
    beat = Beat()
    one, other = asyncio.create_task(beat.rest(SECONDS)), asyncio.create_task(beat.rest(SECONDS))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.wait([one, other])
    assert one.cancelled()
    assert not other.cancelled()
