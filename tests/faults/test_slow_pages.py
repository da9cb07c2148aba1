"""S19: pages that block, because the database lets them wait, hold up nobody who reads a reply."""

import asyncio
import time

import psycopg
import pytest

from tests.faults.oracles import eventually, exact
from tests.faults.scripts import paced
from tests.product import Template
from tests.servers import PostgresServer
from tests.viewers import DOORS, Viewer

SCRIPTS = {"paced": paced(120, rate=20)}
# More than a process makes at once.
PAGES = 30
BLOCKED_SECONDS = 2.5
# Of twenty words a second: far less than pages are held up for, and far more than frames are apart.
PACE_SECONDS = 1.0
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'chat_device'::regclass"


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def template(template, server) -> Template:
    return Template(template.data.parent, server)


async def test_s19_pages_that_block_hold_up_no_open_stream_and_none_that_comes(world, alice):
    """Nor whoever asks whether the process is well."""
    viewers = [await world.begin(alice, "paced", door=door) for door in DOORS]
    for viewer in viewers:
        await viewer.watch(lambda viewer: len(viewer.text) > 20)
    late = [Viewer(alice, viewer.conversation, viewer.door) for viewer in viewers]
    for viewer in late:
        await viewer.load()
    everybody = [*viewers, *late]
    with psycopg.connect(world.product.environment["DATABASE_URL"]) as database:
        database.execute("LOCK TABLE chat_device IN ACCESS EXCLUSIVE MODE")
        reading = [asyncio.create_task(viewer.finish()) for viewer in viewers]
        pages = [asyncio.create_task(alice.get("/settings/")) for _ in range(PAGES)]
        await eventually(lambda: database.execute(WAITING).fetchone()[0] >= 8, 10, "pages to wait")
        reading += [asyncio.create_task(viewer.finish()) for viewer in late]
        assert (await alice.get("/healthz")).status == (await alice.get("/readyz")).status == 200
        longest = await _longest_silences(everybody, BLOCKED_SECONDS)
        assert not any(page.done() for page in pages), "the pages were to be held up"
        database.rollback()
    assert max(longest) < PACE_SECONDS, dict(zip([viewer.door for viewer in everybody], longest, strict=True))
    assert {page.status for page in await asyncio.gather(*pages)} == {200}
    await asyncio.gather(*reading)
    for viewer, other in zip(viewers, late, strict=True):
        await exact(world.ledger, world.last(viewer), [viewer, other], alice)


async def _longest_silences(viewers: list[Viewer], seconds: float) -> list[float]:
    """How long each was without a new word, at most."""
    began = time.monotonic()
    lengths, grown, longest = [len(v.text) for v in viewers], [began] * len(viewers), [0.0] * len(viewers)
    while (now := time.monotonic()) < began + seconds:
        for number, viewer in enumerate(viewers):
            if len(viewer.text) > lengths[number]:
                lengths[number], grown[number] = len(viewer.text), now
            longest[number] = max(longest[number], now - grown[number])
        await asyncio.sleep(0.02)
    return longest
