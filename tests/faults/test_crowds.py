"""Many at once: everybody comes back in the same second, and nothing holds up the loop that serves them all."""

import asyncio
import re
import time

from tests.faults.oracles import eventually, exact
from tests.faults.scripts import paced, words
from tests.viewers import Person, Viewer

SCRIPTS = {"long": paced(400, rate=20), "paced": paced(100)}
ENVIRONMENT = {"VIEWERS_PER_USER": "2000"}
CROWD = 1000
LAG = re.compile(r"the event loop was held up for (\d+) ms")


async def reconnect(
    person: Person, conversation: str, after: str, number: int
) -> tuple[float, asyncio.StreamWriter]:
    """A WebSocket up to its first frame after the handshake: the seconds it took, and the connection. Where there is an
    nginx, each comes from an address of its own."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", person.port)
    writer.write(
        f"GET /ws/conversations/{conversation}/?after={after} HTTP/1.1\r\nHost: 127.0.0.1:{person.port}\r\n"
        f"X-Forwarded-For: 10.0.{number // 250}.{number % 250}\r\nOrigin: {person.url}\r\n"
        f"Cookie: {person.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    await reader.readuntil(b'"cursor":')
    return time.monotonic() - began, writer


async def test_s21_a_thousand_reconnects_at_once_are_served_within_ten_seconds(mortal, enter):
    """S21: the server is killed and comes back; while they all return, a reply goes on."""
    alice = await enter(mortal, "alice")
    viewer = await mortal.begin(alice, "paced")
    await viewer.finish()
    mortal.product.restart()
    alice = await enter(mortal, "alice")
    footprint = mortal.footprint()
    talking = await mortal.begin(alice, "paced")
    page = await alice.open(viewer.conversation)
    came = await asyncio.gather(
        *(reconnect(alice, viewer.conversation, page.cursor, number) for number in range(CROWD))
    )
    seconds = sorted(each for each, _ in came)
    assert seconds[CROWD * 99 // 100] < 10
    assert (await mortal.outcome(talking)).text == words(100)
    for _, writer in came:
        writer.close()
    await alice.web.close()
    await footprint.is_back(megabytes=150)


async def test_s19_a_loop_that_is_held_up_is_said_in_the_log(mortal):
    """S19: the process is stopped for a second, as by a machine that swaps."""
    mortal.product.freeze()
    await asyncio.sleep(1)
    mortal.product.thaw()
    await eventually(lambda: max(map(int, LAG.findall(mortal.log)), default=0) > 800, 5, "a word in the log")


async def test_s19_no_ordinary_work_holds_up_the_loop(world, enter, alice):
    """S19: signing in, long pages, sending, while replies are streamed. What blocks the loop blocks it every time; a
    machine that is busy with other things does not."""
    for _ in range(5):
        before = len(LAG.findall(world.log))
        viewers = [await world.begin(alice, "paced") for _ in range(5)]
        await asyncio.gather(
            enter(world, "bob"),
            enter(world, "charlie"),
            alice.start("x" * 190_000, model=world.names["paced"]),
            *(viewer.finish() for viewer in viewers),
            *(alice.open(viewer.conversation) for viewer in viewers),
        )
        lags = [int(lag) for lag in LAG.findall(world.log)[before:]]
        if max(lags, default=0) < 250:
            break
    else:
        raise AssertionError(f"the loop was held up in each of five rounds, last for {lags} ms")
    for viewer in viewers:
        await exact(world.ledger, world.last(viewer), [viewer], alice)


async def test_a_crowd_in_front_of_one_reply_reads_it_exactly(world, alice):
    """O2, rule 10: sixty viewers over three transports."""
    first = await world.begin(alice, "paced")
    doors = ("socket", "stream", "poll")
    crowd = [Viewer(alice, first.conversation, doors[number % 3]) for number in range(60)]
    await asyncio.gather(first.finish(), *(viewer.finish() for viewer in crowd))
    await exact(world.ledger, world.last(first), [first, *crowd], alice)
