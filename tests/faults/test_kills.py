"""The process dies, or is told to go, in the middle of replies."""

import asyncio
import contextlib
import http.client
import random
import threading
import time
import urllib.request

import pytest

from tests.faults.oracles import ends, eventually, exact, kept
from tests.faults.scripts import endless, paced, words
from tests.viewers import DOORS, Closed, Viewer, follow

SCRIPTS = {"endless": endless, "long": paced(400)}
# Where there are workers, they are told to go as well.
ENVIRONMENT = {"WORKER_DRAIN_SECONDS": "0"}
TERMINAL_WITHIN = 15


async def test_s1_a_kill_in_the_middle_of_ten_replies_takes_back_no_character(mortal, enter):
    """S1, S2"""
    alice = await enter(mortal, "alice")
    viewers = [await mortal.begin(alice, "long") for _ in range(10)]
    for number, viewer in enumerate(viewers):
        viewer.door = DOORS[number % 3]
    turns = [mortal.last(viewer).turn for viewer in viewers]
    watching = [
        asyncio.create_task(viewer.finish(turn, 60)) for viewer, turn in zip(viewers, turns, strict=True)
    ]
    await eventually(lambda: all(len(viewer.text) > 60 for viewer in viewers), 20, "all ten to be under way")
    mortal.product.kill()
    shown = {turn: viewer.texts[turn] for viewer, turn in zip(viewers, turns, strict=True)}
    killed = time.monotonic()
    mortal.product.start()
    for turn in turns:
        row = await ends(mortal.ledger, turn, TERMINAL_WITHIN)
        assert time.monotonic() - killed < TERMINAL_WITHIN
        assert (row.status, row.reason) == ("interrupted", "server")
        kept(shown[turn], row)
    await asyncio.gather(*watching)
    for viewer, turn in zip(viewers, turns, strict=True):
        await exact(mortal.ledger, mortal.ledger.turn(turn), [viewer], alice)

    first = mortal.ledger.turn(turns[0])
    page = await alice.act(turns[0], "continue")
    assert page.status == 303
    row = await mortal.outcome(viewers[0])
    assert row.turn != turns[0]
    assert row.status == "complete"
    assert row.text == first.text + words(400)
    assert mortal.ledger.turn(turns[0]) == first, "the interrupted answer stays as it was"


@pytest.mark.parametrize("round_", range(3))
async def test_s2_a_kill_at_a_random_moment_leaves_every_turn_with_one_end(mortal, enter, round_):
    """S2"""
    chance = random.Random(round_)
    alice = await enter(mortal, "alice")
    viewers = [await mortal.begin(alice, "long") for _ in range(5)]
    turns = [mortal.last(viewer).turn for viewer in viewers]
    watching = [
        asyncio.create_task(viewer.finish(turn, 60)) for viewer, turn in zip(viewers, turns, strict=True)
    ]
    until = time.monotonic() + chance.uniform(0, 1.5)
    await eventually(lambda: time.monotonic() > until, 5)
    mortal.product.kill()
    shown = {turn: viewer.texts[turn] for viewer, turn in zip(viewers, turns, strict=True)}
    mortal.product.start()
    await asyncio.gather(*watching)
    for viewer, turn in zip(viewers, turns, strict=True):
        row = mortal.ledger.turn(turn)
        assert row.status in ("interrupted", "complete")
        kept(shown[turn], row)
        await exact(mortal.ledger, row, [viewer], alice)


async def test_s4_a_deployment_tells_viewers_ends_replies_with_their_text_and_is_quick(mortal, enter):
    """S4"""
    alice = await enter(mortal, "alice")
    viewers = [await mortal.begin(alice, "endless") for _ in range(4)]
    turns = [mortal.last(viewer).turn for viewer in viewers]
    codes, frames = [], []

    async def socket(viewer: Viewer) -> None:
        try:
            async for frame in follow(alice, viewer.conversation, viewer.cursor, "socket"):
                await viewer.take(frame)
        except Closed as closed:
            codes.append(closed.code)

    async def stream(viewer: Viewer) -> None:
        try:
            async for frame in follow(alice, viewer.conversation, viewer.cursor, "stream"):
                frames.append(frame["type"])
                await viewer.take(frame)
        except Closed:
            pass

    watching = [
        asyncio.create_task(how(viewer)) for how, viewer in zip([socket, stream] * 2, viewers, strict=True)
    ]
    await eventually(lambda: all(len(viewer.text) > 40 for viewer in viewers), 20, "all to be under way")
    seconds = await asyncio.to_thread(mortal.product.terminate)
    await asyncio.gather(*watching)
    assert seconds < 1.5, f"it took {seconds:.2f} s to end"
    assert codes == [4012, 4012]
    assert frames.count("reconnect") == 2
    for viewer, turn in zip(viewers, turns, strict=True):
        row = mortal.ledger.turn(turn)
        assert (row.status, row.reason) == ("interrupted", "server"), (
            "the end is written before the process goes"
        )
        kept(viewer.texts[turn], row)
    mortal.product.start()
    for viewer, turn in zip(viewers, turns, strict=True):
        await viewer.finish(turn)
        await exact(mortal.ledger, mortal.ledger.turn(turn), [viewer], alice)


def test_s4_pages_that_are_being_asked_for_do_not_keep_the_process(mortal):
    """S4: a request's thread waits for the loop, and Python at its exit waits for threads."""
    for _ in range(3):
        asking = threading.Event()
        asking.set()

        def ask(asking: threading.Event = asking) -> None:
            while asking.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    urllib.request.urlopen(f"{mortal.product.url}/readyz", timeout=5).read()

        crowd = [threading.Thread(target=ask) for _ in range(8)]
        for one in crowd:
            one.start()
        # Mid-request is where they nearly always are.
        urllib.request.urlopen(f"{mortal.product.url}/readyz", timeout=20).read()
        seconds = mortal.product.terminate()
        asking.clear()
        for one in crowd:
            one.join()
        assert seconds < 5
        mortal.product.start()


def test_a_port_that_is_taken_is_said_in_words(mortal):
    with pytest.raises(AssertionError, match="cannot be had"):
        mortal.product.manage("serve", "--port", str(mortal.product.port))
