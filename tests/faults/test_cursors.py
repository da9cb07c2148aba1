"""A cursor is whatever a client says it is: an answer is the log from there on, or `reset`."""

import asyncio
import random
import string
from contextlib import aclosing
from urllib.parse import quote_from_bytes

import pytest

from chat.events import TextDelta
from chat.journal import Cursor, Gap
from chat.journal.memory import MemoryJournal
from tests.faults.oracles import exact
from tests.faults.scripts import paced, words
from tests.viewers import DOORS, Viewer, follow

SCRIPTS = {"paced": paced(30, rate=300), "slow": paced(150)}
ENVIRONMENT = {"POLL_SECONDS": "1"}
ODD = [
    "",
    ":",
    "-1",
    "abc",
    "NaN",
    "0",
    "1e3",
    "²",
    "٣",
    "null",
    "../..",
    "'; DROP TABLE chat_turn; --",
    "%00",
    "\x00",
    "é" * 16,
]
NUMBERS = [
    "-1",
    "0",
    "1",
    "5",
    "99999",
    str(2**63),
    str(2**63 - 1),
    str(2**64),
    "9" * 400,
    "+1",
    " 1",
    "1 ",
    "0x1",
    "1_0",
    "1.0",
]


def cursors(real: list[str], count: int) -> list[str]:
    """Garbage of every kind, much of it nearly right."""
    chance = random.Random(count)
    epochs = [cursor.partition(":")[0] for cursor in real]

    def mutated(text: str) -> str:
        at = chance.randrange(len(text))
        return text[:at] + chance.choice(string.printable) + text[at + chance.randrange(2) :]

    kinds = [
        lambda: chance.choice(ODD),
        lambda: f"{chance.choice(epochs)}:{chance.choice(NUMBERS)}",
        lambda: f"{chance.choice(ODD)}:{chance.choice(NUMBERS)}",
        lambda: mutated(chance.choice(real)),
        lambda: f"{chance.choice(epochs)}:{chance.randrange(60)}",
        lambda: "".join(chance.choices(string.printable, k=chance.randrange(40))),
        lambda: chance.choice(real) + ":" + chance.choice(NUMBERS),
        lambda: "x" * 10_000 if chance.random() < 0.05 else "x" * chance.randrange(100),
    ]
    return [chance.choice(kinds)() for _ in range(count)]


async def test_c12_ten_thousand_cursors_read_the_log_or_a_gap_and_nothing_else():
    """C12, in this process: two topics, of which one must never show in the other."""
    journal = MemoryJournal()
    for topic in ("mine", "theirs"):
        for number in range(50):
            await journal.append(topic, [TextDelta(topic, f"{topic}{number} ")])
    ends = {topic: await journal.position(topic) for topic in ("mine", "theirs")}
    log = await journal.read("mine", Cursor(ends["mine"].epoch, 0))
    served = 0
    for text in cursors([str(ends["mine"]), str(ends["theirs"])], 10_000):
        try:
            cursor = Cursor.parse(text)
            entries = await journal.read("mine", cursor)
        except Gap:
            continue
        served += 1
        assert cursor.epoch == ends["mine"].epoch
        assert 0 <= cursor.offset <= ends["mine"].offset
        assert entries == log[cursor.offset :]
    assert 100 < served < 5_000


@pytest.mark.parametrize("door", DOORS)
async def test_c12_no_door_stumbles_over_a_cursor_or_serves_what_is_not_ours(world, alice, bob, door):
    """C12, over HTTP: hundreds of them at each door."""
    mine, theirs = [await world.begin(person, "paced") for person in (alice, bob)]
    await mine.finish()
    await theirs.finish()
    few = asyncio.Semaphore(10)
    answer = world.last(mine)
    foreign = {theirs.conversation, world.last(theirs).turn}

    async def ask(cursor: str) -> str:
        async with (
            few,
            asyncio.timeout(20),
            aclosing(follow(alice, mine.conversation, cursor, door)) as frames,
        ):
            said = ""
            async for frame in frames:
                if frame["type"] == "heartbeat":
                    continue
                assert not any(name in str(frame) for name in foreign)
                if frame["type"] == "reset":
                    return "reset"
                said += frame.get("text", "")
                if frame["type"] == "turn.finished":
                    break
            assert answer.text.endswith(said)
            return "served"

    page = await alice.open(mine.conversation)
    start = f"{page.cursor.partition(':')[0]}:0"
    garbage = [text for text in cursors([start, theirs.cursor], 250) if not _is_the_end(text, mine.cursor)]
    outcomes = await asyncio.gather(*map(ask, garbage))
    assert outcomes.count("reset") > 100
    assert await ask(start) == "served"
    assert await ask(theirs.cursor) == "reset"


def _is_the_end(text: str, cursor: str) -> bool:
    """Of which there is nothing to be said but a heartbeat."""
    try:
        return str(Cursor.parse(text)) == cursor
    except Gap:
        return False


@pytest.mark.parametrize("path", ["events/poll/", "events/"])
async def test_c12_bytes_that_are_no_text_are_a_cursor_like_any_other(world, alice, path):
    """C12: what a URL can carry and no JavaScript would write."""
    viewer = await world.begin(alice, "paced")
    await viewer.finish()
    for raw in (b"\xff\xfe", b"\x00", b"\xed\xa0\x80:1", b"%", b"a:1&after=b:2"):
        url = f"{alice.url}/conversations/{viewer.conversation}/{path}?after={quote_from_bytes(raw)}"
        async with alice.web.get(url) as response:
            assert response.status == 200
            assert b"reset" in await response.content.readuntil(b"reset")


@pytest.mark.parametrize("door", DOORS)
async def test_c14_a_cursor_from_the_future_is_told_to_load_afresh(world, alice, door):
    """C14"""
    viewer = await world.begin(alice, "paced", door=door)
    await viewer.finish()
    text, epoch = viewer.text, viewer.cursor.partition(":")[0]
    viewer.cursor = f"{epoch}:1000000"
    await viewer.watch(lambda viewer: viewer.reloads)
    assert viewer.text == text


@pytest.mark.parametrize("door", DOORS)
async def test_c14_a_log_that_was_lost_in_the_middle_costs_no_character(world, alice, door):
    """C14, rule 12: what a journal in memory would lose with its process is deleted under a running turn."""
    viewer = await world.begin(alice, "slow", door=door)
    await viewer.watch(lambda viewer: len(viewer.text) > 60)
    world.ledger.forget(viewer.conversation)
    await viewer.finish()
    row = world.last(viewer)
    assert (row.status, row.text) == ("complete", words(150))
    assert viewer.text == row.text
    fresh = Viewer(alice, viewer.conversation)
    await fresh.load()
    assert fresh.text == row.text


async def test_a_cursor_of_an_old_page_still_reads_on_after_the_reply_has_ended(world, alice):
    """Rule 2: the whole log from the first page's cursor is the whole text."""
    viewer = await world.begin(alice, "paced")
    await viewer.finish()
    late = Viewer(alice, viewer.conversation, "poll")
    late.cursor = f"{viewer.cursor.partition(':')[0]}:0"
    await late.finish(world.last(viewer).turn)
    await exact(world.ledger, world.last(viewer), [late], alice)
