"""What clients do: leave, press twice, stop, read slowly, or not at all."""

import asyncio
import contextlib
import random
import time
import uuid

import aiohttp
import pytest

from tests.faults.model_server import Script, Wire
from tests.faults.oracles import ends, eventually, exact
from tests.faults.scripts import endless, paced, quick, silent_after_headers, ticking, words
from tests.proxy import Proxy
from tests.viewers import DOORS, Viewer, deaf

LINE = "x" * 4000 + "\n"
BIG = 4 * 1024 * 1024


async def big(wire: Wire) -> None:
    """Nearly all that a turn may hold, over some seconds."""
    await wire.head()
    async for _ in ticking(900, 300):
        await wire.say(LINE)
    await wire.finish()


SCRIPTS: dict[str, Script] = {
    "quick": quick,
    "paced": paced(100),
    "short": paced(10, rate=200),
    "endless": endless,
    "waiting": silent_after_headers,
    "big": big,
}
ENVIRONMENT = {"VIEWER_ACK_SECONDS": "3", "SSE_MAX_SECONDS": "4", "TURN_FIRST_TOKEN_SECONDS": "20"}


@pytest.mark.parametrize("door", DOORS)
async def test_c1_leaving_is_not_stopping(world, alice, door):
    """C1: the socket is closed in the middle, the reply is finished all the same, and read by whoever comes back."""
    viewer = await world.begin(alice, "paced", door=door)
    await viewer.watch(lambda viewer: len(viewer.text) > 20)
    row = await ends(world.ledger, world.last(viewer).turn)
    assert (row.status, row.text) == ("complete", words(100))
    await exact(world.ledger, row, [await viewer.finish(row.turn)], alice)


@pytest.mark.parametrize("door", DOORS)
async def test_c10_every_viewer_of_a_reply_reads_the_same_text_once(world, alice, door):
    """C10, at the level of HTTP: two devices, one of which comes in the middle."""
    first = await world.begin(alice, "paced", door=door)
    await first.watch(lambda viewer: len(viewer.text) > 20)
    second = Viewer(alice, first.conversation, door)
    await asyncio.gather(first.finish(), second.finish())
    await exact(world.ledger, world.last(first), [first, second], alice)


async def test_c2_a_viewer_may_change_its_transport_at_any_moment(world, alice):
    """C2, at the level of HTTP: a reload or another transport every few words, each character once."""
    viewer = await world.begin(alice, "paced")
    for number in range(1, 20):
        await viewer.watch(lambda viewer, seen=number * 18: len(viewer.text) >= seen)
        viewer.door = DOORS[number % 3]
        if number % 4 == 0:
            await viewer.load()
    row = await world.outcome(viewer)
    assert row.text == words(100)


@pytest.mark.parametrize("how", ["cut", "reset"])
@pytest.mark.parametrize("door", DOORS)
async def test_c3_a_connection_that_breaks_at_random_moments_costs_no_character(world, enter, door, how):
    """C3, at the level of HTTP."""
    with Proxy(world.product.port) as proxy:
        alice = await enter(world, "alice", proxy.url)
        viewer = await world.begin(alice, "paced", door=door)

        async def breaking() -> None:
            while True:
                await asyncio.sleep(random.uniform(0.02, 0.2))
                getattr(proxy, how)()

        trouble = asyncio.create_task(breaking())
        try:
            await viewer.finish()
        finally:
            trouble.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await trouble
        assert world.last(viewer).text == viewer.text == words(100)


@pytest.mark.parametrize("door", DOORS)
async def test_bytes_that_arrive_one_by_one_make_the_same_text(world, enter, door):
    """O2"""
    with Proxy(world.product.port) as proxy:
        alice = await enter(world, "alice", proxy.url)
        viewer = await world.begin(alice, "short", door=door)
        proxy.chunk = 1
        await viewer.finish()
        proxy.chunk = 65536
        assert world.last(viewer).text == viewer.text == words(10)


@pytest.mark.parametrize("upgrade", [True, False], ids=["socket", "stream"])
async def test_c5_a_client_that_never_reads_costs_little_and_is_dropped(world, alice, upgrade):
    """C5: it resumes whole, too. A reply of this size takes something by itself, which is measured first."""
    footprint = world.footprint()
    alone = 0.0
    for _ in range(2):
        row = world.last(await world.begin(alice, "big"))
        _, most = await footprint.most_mb_during(ends(world.ledger, row.turn, 20))
        alone = max(alone, most)
    viewer = await world.begin(alice, "big")
    path = (
        f"/ws/conversations/{viewer.conversation}/"
        if upgrade
        else f"/conversations/{viewer.conversation}/events/"
    )
    before = footprint.peers()
    came: set[tuple[int, int]] = set()

    def all_came() -> bool:
        # On a busy machine the first may be dropped before the last has come.
        came.update(footprint.peers() - before)
        return len(came) >= 40

    clients = [deaf(alice, f"{path}?after={viewer.cursor}", upgrade) for _ in range(40)]
    try:
        await eventually(all_came, 10, "all of them have come")
        # Whoever acknowledges nothing is sent a window and no more; whoever reads nothing is dropped in time.
        row, most = await footprint.most_mb_during(ends(world.ledger, world.last(viewer).turn, 20))
        # Forty of them kept whole would be 150 and more.
        assert most < alone + 110
        await eventually(lambda: footprint.peers() <= before, 60, "the clients that never read are dropped")
    finally:
        for client in clients:
            client.close()
    await viewer.finish()
    assert viewer.texts[row.turn] == row.text == LINE * 900


async def test_c6_fifty_sends_with_one_key_make_one_turn(world, alice):
    """C6: a new chat fifty times at once, then its next message fifty times at once."""
    key = uuid.uuid4().hex
    text = f"once {key}"
    places = await asyncio.gather(*(alice.start(text, key, world.names["quick"]) for _ in range(50)))
    assert len(set(places)) == 1
    (first,) = world.ledger.turns(places[0])
    await ends(world.ledger, first.turn)
    key = uuid.uuid4().hex
    answers = await asyncio.gather(*(alice.ask(places[0], f"again {key}", key) for _ in range(50)))
    assert {answer.status for answer in answers} == {303}
    assert len(world.ledger.turns(places[0])) == 2
    await ends(world.ledger, world.ledger.turns(places[0])[-1].turn)
    assert len(world.models.asked_with(text)) == len(world.models.asked_with(f"again {key}")) == 1


async def test_c6_a_lost_answer_to_a_send_may_be_asked_for_again(world, enter):
    """C6"""
    with Proxy(world.product.port) as proxy:
        alice = await enter(world, "alice", proxy.url)
        key = uuid.uuid4().hex
        proxy.pause()
        sending = asyncio.create_task(alice.start(f"lost {key}", key, world.names["quick"]))
        await asyncio.sleep(0.05)
        proxy.reset()
        with pytest.raises(aiohttp.ClientError):
            await sending
        proxy.resume()
        conversation = await alice.start(f"lost {key}", key, world.names["quick"])
        (turn,) = world.ledger.turns(conversation)
        await ends(world.ledger, turn.turn)
        assert len(world.models.asked_with(f"lost {key}")) == 1


@pytest.mark.parametrize("model", ["waiting", "endless"], ids=["c7-before-the-first-token", "in-the-middle"])
async def test_stop_closes_the_connection_to_the_model_server_at_once(world, alice, model):
    """C7"""
    text = uuid.uuid4().hex
    viewer = await world.begin(alice, model, text)
    await eventually(lambda: world.models.asked_with(text), 5)
    if model == "endless":
        await viewer.watch(lambda viewer: len(viewer.text) > 20)
    pressed = time.monotonic()
    answer = await alice.act(world.last(viewer).turn, "stop")
    assert answer.status == 303
    (request,) = world.models.asked_with(text)
    await eventually(lambda: request.gone, 2, "the model server sees the end of the connection")
    assert request.gone - pressed < 0.5
    row = await world.outcome(viewer)
    assert (row.status, row.reason) == ("stopped", "stopped")


async def test_c8_a_stop_that_races_the_finish_leaves_one_end_and_two_satisfied_clicks(world, alice, rounds):
    """C8: forty races at a time, a thousand where it is thorough."""
    for _ in range(rounds(2, 25)):
        rows = await asyncio.gather(*(_race(world, alice) for _ in range(40)))
        assert {row.status for row in rows} <= {"complete", "stopped"}


async def _race(world, alice):
    conversation = await alice.start("race", model=world.names["short"])
    (turn,) = world.ledger.turns(conversation)
    await asyncio.sleep(random.uniform(0, 0.5))
    clicks = await asyncio.gather(alice.act(turn.turn, "stop"), alice.act(turn.turn, "stop"))
    assert [click.status for click in clicks] == [303, 303]
    row = await ends(world.ledger, turn.turn)
    events = await _finished(world, conversation)
    assert [event["status"] for event in events] == [row.status]
    assert world.ledger.journalled(row) == row.text
    assert words(10).startswith(row.text)
    return row


async def _finished(world, conversation):
    def announced():
        return [event for event in world.ledger.events(conversation) if event["type"] == "turn.finished"]

    return await eventually(announced, 5, "the end is announced")


async def test_c9_stop_works_from_another_tab(world, alice, enter):
    """C9, in one process: another device of the same person stops it, and both see the same text."""
    here = await world.begin(alice, "endless")
    there = Viewer(await enter(world, "alice"), here.conversation, "stream")
    await there.load()
    await here.watch(lambda viewer: len(viewer.text) > 20)
    await there.person.act(world.last(here).turn, "stop")
    await asyncio.gather(here.finish(), there.finish())
    row = world.last(here)
    assert row.status == "stopped"
    await exact(world.ledger, row, [here, there], alice)


async def test_many_who_come_and_go_leave_nothing_behind(world, alice):
    """O5"""
    viewer = await world.begin(alice, "short")
    await viewer.finish()
    footprint = world.footprint()

    async def visit(number: int) -> None:
        guest = Viewer(alice, viewer.conversation, DOORS[number % 2])
        await guest.load()
        with contextlib.suppress(TimeoutError):
            await guest.watch(lambda viewer: False, seconds=0.3)

    for _ in range(5):
        await asyncio.gather(*(visit(number) for number in range(20)))
    await alice.web.close()
    await footprint.is_back()
