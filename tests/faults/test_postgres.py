"""PostgreSQL ends, is started anew, stands still, or has no connection left: no answer is lost, and no page is an error for
longer than it is away."""

import asyncio
import contextlib

import aiohttp
import pytest

from tests.cluster import WEBS, WORKERS
from tests.environment import on_cluster
from tests.faults.oracles import ends, eventually, exact
from tests.faults.scripts import paced, quick, words
from tests.product import Template
from tests.servers import PostgresServer
from tests.viewers import DOORS

SCRIPTS = {"paced": paced(150), "quick": quick}
CONNECTIONS = 8
"""That a process may have."""
# Few more than all have together; three are reserved for administrators.
MAX_CONNECTIONS = CONNECTIONS * (WEBS + WORKERS if on_cluster else 1) + 7
ENVIRONMENT = {
    "TURN_LEASE_SECONDS": "10",
    "TURN_IDLE_SECONDS": "10",
    "DATABASE_CONNECTIONS": str(CONNECTIONS),
}
AWAY_SECONDS = 3


@pytest.fixture(scope="module")
def server():
    with PostgresServer(max_connections=str(MAX_CONNECTIONS)) as server:
        yield server


@pytest.fixture(scope="module")
def template(template, server) -> Template:
    return Template(template.data.parent, server)


@pytest.fixture(autouse=True)
def up_again(server):
    yield
    if not server.is_running:
        server.start()


async def statuses(person, path: str, count: int) -> set[int]:
    """Of so many requests at once."""
    return {page.status for page in await asyncio.gather(*(person.get(path) for _ in range(count)))}


async def test_s12_an_answer_that_ends_while_postgresql_is_away_is_written_when_it_is_back(
    world, alice, server
):
    """S12, rule 12"""
    viewers = [await world.begin(alice, "paced", door=door) for door in DOORS]
    for viewer in viewers:
        await viewer.watch(lambda viewer: len(viewer.text) > 60)
    turns = [world.last(viewer).turn for viewer in viewers]
    reading = [
        asyncio.create_task(viewer.finish(turn, 60)) for viewer, turn in zip(viewers, turns, strict=True)
    ]
    await asyncio.to_thread(server.stop, "immediate")
    await eventually(lambda: all(asked.ended for asked in world.models.asked("paced")), 20, "all is said")
    page = await alice.get("/accounts/devices/")
    assert (page.status, "cannot be reached just now" in page.html) == (503, True)
    async with aiohttp.ClientSession() as nobody, nobody.get(f"{alice.url}/healthz") as answer:
        assert answer.status == 200
    await asyncio.to_thread(server.start)
    await asyncio.gather(*reading)
    for viewer, turn in zip(viewers, turns, strict=True):
        row = await ends(world.ledger, turn)
        assert (row.status, row.text) == ("complete", words(150))
        assert viewer.text == row.text
        shown = (await alice.open(viewer.conversation)).answer
        assert (shown.status, shown.turn) == ("complete", turn)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_s13_after_a_restart_the_next_request_is_answered_and_a_reply_goes_on(
    world, alice, server, mode
):
    """S13: whatever dead connections the pool still holds."""
    viewer = await world.begin(alice, "paced")
    await viewer.watch(lambda viewer: len(viewer.text) > 60)
    assert await statuses(alice, "/", 30) == {200}
    await asyncio.to_thread(server.restart, mode)
    assert (await alice.get("/")).status == 200
    assert (await alice.get("/readyz")).status == 200
    turn = world.last(viewer).turn
    await viewer.finish(turn, 40)
    row = await ends(world.ledger, turn)
    assert (row.status, viewer.text) == ("complete", words(150))


async def test_a_postgresql_that_stands_still_for_seconds_delays_and_loses_nothing(world, alice, server):
    viewers = [await world.begin(alice, "paced", door=door) for door in DOORS]
    for viewer in viewers:
        await viewer.watch(lambda viewer: len(viewer.text) > 60)
    reading = [asyncio.create_task(viewer.finish(seconds=40)) for viewer in viewers]
    server.freeze()
    try:
        await asyncio.sleep(AWAY_SECONDS)
    finally:
        server.thaw()
    await asyncio.gather(*reading)
    for viewer in viewers:
        row = world.last(viewer)
        assert (row.status, row.text) == ("complete", words(150))
        await exact(world.ledger, row, [viewer], alice)


async def test_s14_more_readers_than_connections_wait_for_their_turn(world, alice, server):
    """S14: sixty pages at once, and forty streams that are open meanwhile."""
    viewer = await world.begin(alice, "paced")
    place = f"/conversations/{viewer.conversation}/"
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(40):
            stream: aiohttp.ClientResponse = await stack.enter_async_context(
                alice.web.get(f"{alice.url}{place}events/", headers={"Accept": "text/event-stream"})
            )
            assert stream.status == 200
        assert await statuses(alice, place, 60) == {200}
        assert await statuses(alice, f"{place}events/poll/?hold=no", 30) == {200}
    assert (await world.outcome(viewer)).text == words(150)
    assert "too many clients" not in server.log


async def test_s25_old_code_goes_on_where_a_newer_schema_has_more(world, alice):
    """S25: a migration only ever adds, with a default that the database knows (tests/test_migrations.py)."""
    viewer = await world.begin(alice, "paced")
    await viewer.watch(lambda viewer: len(viewer.text) > 60)
    with world.ledger.transaction() as execute:
        execute("ALTER TABLE chat_turn ADD COLUMN newer integer NOT NULL DEFAULT 0")
        execute("ALTER TABLE chat_message ADD COLUMN newer text")
        execute("ALTER TABLE chat_conversation ADD COLUMN newer boolean NOT NULL DEFAULT FALSE")
        execute("CREATE TABLE chat_newer (id bigint PRIMARY KEY)")
        execute("CREATE INDEX chat_newer_status ON chat_turn (status, newer)")
    assert (await world.outcome(viewer)).text == words(150)
    another = await world.begin(alice, "quick")
    assert (await world.outcome(another)).text == "Done."
