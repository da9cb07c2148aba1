"""Redis stalls, dies, forgets, is full or is succeeded by a replica that knows less: no answer is lost, and nobody is shown
a wrong one."""

import asyncio
import time

import pytest

from tests.faults.oracles import eventually, exact
from tests.faults.redis_world import Rig, open_rig
from tests.faults.scripts import endless, paced, words
from tests.proxy import Proxy
from tests.servers import RedisServer
from tests.viewers import Viewer

SCRIPTS = {"short": paced(30), "paced": paced(100), "endless": endless}
# One that the journal waits out, and one in which it gives up.
STALL_SECONDS, LONG_STALL_SECONDS = 4, 9


@pytest.fixture(scope="module")
def rig(template, tmp_path_factory):
    with open_rig(template, tmp_path_factory.mktemp("redis"), SCRIPTS) as rig:
        yield rig


@pytest.fixture
async def alice(rig, enter):
    return await enter(rig.world, "alice")


def following(viewers: list[Viewer]) -> "list[asyncio.Task[Viewer]]":
    return [asyncio.create_task(viewer.finish(seconds=40)) for viewer in viewers]


async def test_a_reply_is_read_through_another_process_as_it_comes(rig: Rig, alice, enter):
    with rig.world.product.beside() as other:
        away = await enter(rig.world, "alice", url=other.url)
        idle = await rig.world.begin(away, "short")
        await idle.finish()
        near = await rig.world.begin(alice, "paced")
        far = [Viewer(away, near.conversation, door) for door in ("socket", "stream", "poll")]
        hinted = asyncio.create_task(
            idle.watch(lambda viewer: any(f["type"] == "conversation.changed" for f in viewer.heard))
        )
        await asyncio.gather(near.finish(), hinted, *(viewer.finish() for viewer in far))
        await exact(rig.world.ledger, rig.turn(near), [near, *far], alice)
        assert all(viewer.reloads == 0 for viewer in far)


async def test_s7_a_stall_of_seconds_delays_what_is_shown_and_doubles_nothing(rig: Rig, alice, rounds):
    """S7, rule 1: meanwhile the model is read on, nothing is shown that Redis does not have, and the site answers."""
    seconds = rounds(STALL_SECONDS, LONG_STALL_SECONDS)
    viewers = await rig.three(alice, "paced")
    watching = following(viewers)
    asked = rig.world.models.asked("paced")[-1]
    rig.redis.freeze()
    frozen = time.monotonic()
    try:
        await asyncio.sleep(0.3)
        shown = [viewer.text for viewer in viewers]
        await eventually(lambda: asked.ended, seconds, "the model server has said all")
        assert (await alice.get("/healthz")).status == 200
        assert (await alice.get("/readyz")).status == 503
        await asyncio.sleep(max(0.0, frozen + seconds - time.monotonic()))
        assert [viewer.text for viewer in viewers] == shown
    finally:
        rig.redis.thaw()
    await asyncio.gather(*watching)
    await rig.agree(viewers, words(100))
    if seconds == STALL_SECONDS:
        for viewer in viewers:
            await exact(rig.world.ledger, rig.turn(viewer), [viewer], alice)


async def test_s8_a_flushed_redis_sends_viewers_to_load_afresh(rig: Rig, alice):
    """S8"""
    viewers = await rig.three(alice, "paced")
    watching = following(viewers)
    with rig.redis.client() as client:
        client.flushall()
    await asyncio.gather(*watching)
    await rig.agree(viewers, words(100))


async def test_s5_a_redis_that_dies_and_kept_nothing_takes_no_answer_with_it(rig: Rig, alice):
    """S5. What is asked for meanwhile is made as well."""
    viewers = await rig.three(alice, "paced")
    watching = following(viewers)
    asked = len(rig.world.models.asked("short"))
    rig.redis.kill()
    later = await rig.world.begin(alice, "short")
    await rig.world.asked("short", asked + 1)
    rig.redis.start()
    await asyncio.gather(*watching)
    await rig.agree(viewers, words(100))
    await rig.agree([later], words(30))


async def test_s6_a_redis_that_dies_and_kept_its_log_comes_back_with_every_character(rig: Rig, alice):
    """S6"""
    viewers = await rig.three(alice, "paced")
    with rig.redis.client() as client:
        client.config_set("appendfsync", "no")
        client.config_set("appendonly", "yes")
        await eventually(
            lambda: not client.info("persistence")["aof_rewrite_in_progress"], 15, "the first AOF"
        )
    watching = following(viewers)
    await asyncio.sleep(0.3)
    acknowledged = {rig.turn(viewer).turn: viewer.text for viewer in viewers}
    rig.redis.kill()
    rig.redis.options |= {"appendonly": "yes", "appendfsync": "no"}
    rig.redis.start()
    for viewer in viewers:
        row = rig.turn(viewer)
        assert rig.world.ledger.journalled(row).startswith(acknowledged[row.turn])
    await asyncio.gather(*watching)
    await rig.agree(viewers, words(100))


async def test_s11_a_replica_that_takes_over_without_the_end_of_the_log_misleads_nobody(
    rig: Rig, alice, tmp_path
):
    """S11: it has the same epochs with less in them, and soon as much again, which says something else."""
    with (
        Proxy(rig.redis.port) as copying,
        RedisServer(tmp_path / "replica") as replica,
        replica.client() as client,
    ):
        client.replicaof("127.0.0.1", copying.port)
        await eventually(
            lambda: client.info("replication")["master_link_status"] == "up", 20, "a copy of it all"
        )
        viewers = await rig.three(alice, "endless")
        watching = following(viewers)
        copying.refuse()
        known = {rig.turn(viewer).turn: rig.copy(replica, viewer) for viewer in viewers}
        await eventually(
            lambda: all(len(v.text) > len(known[rig.turn(v).turn]) + 20 for v in viewers), 20, "more"
        )
        rig.redis.freeze()
        client.replicaof("NO", "ONE")
        rig.wire.target = replica.port
        rig.wire.reset()
        try:
            before = {viewer: len(viewer.text) for viewer in viewers}
            await eventually(lambda: all(len(v.text) > before[v] + 100 for v in viewers), 20, "it goes on")
            for viewer in viewers:
                await alice.act(rig.turn(viewer).turn, "stop")
            await asyncio.gather(*watching)
            await rig.agree(viewers, words(10_000), "stopped")
        finally:
            rig.redis.thaw()
            rig.wire.target = rig.redis.port
            rig.wire.reset()


async def test_a_redis_that_is_full_refuses_and_the_replies_go_on(rig: Rig, alice):
    """noeviction: what cannot be kept is said, and kept once there is room."""
    viewers = await rig.three(alice, "paced")
    watching = following(viewers)
    with rig.redis.client() as client:
        client.config_set("maxmemory", "1mb")
        await eventually(lambda: "goes on without the journal" in rig.world.log, 15, "a word in the log")
        await asyncio.sleep(0.5)
        client.config_set("maxmemory", "0")
    await asyncio.gather(*watching)
    await rig.agree(viewers, words(100))
