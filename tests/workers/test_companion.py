"""One command is enough: `serve` has a worker beside it where there is a Redis, and ends it with itself."""

import uuid
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.faults.model_server import ModelServer
from tests.faults.oracles import eventually
from tests.faults.scripts import words
from tests.faults.world import World
from tests.product import Product
from tests.servers import RedisServer
from tests.viewers import Viewer
from tests.workers.conftest import ENVIRONMENT, SCRIPTS


@pytest.fixture
def world(template, tmp_path) -> Iterator[World]:
    models = ModelServer(dict(SCRIPTS))
    environment = {**ENVIRONMENT, "TITLES": "on", "TRACE_DAYS": "1"}
    with (
        models.serving(),
        RedisServer() as redis,
        Product(template, tmp_path, REDIS_URL=redis.url, **environment) as product,
    ):
        world = World(product, models)
        world.connect("scripted", models.url, list(models.scripts))
        yield world


def worker_of(world: World) -> psutil.Process | None:
    """The child that is one, and has not ended."""
    for child in psutil.Process(world.product.pid).children():
        with suppress(psutil.Error):
            if "worker" in child.cmdline():
                return child
    return None


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def reply(world, person, model, **form):
    page = await person.post(
        "/conversations/", text="Go on.", key=uuid.uuid4().hex, model=world.names[model], **form
    )
    conversation = page.url.strip("/").split("/")[-1]
    viewer = Viewer(person, conversation)
    await viewer.finish(seconds=30)
    return viewer


async def test_serve_has_a_worker_beside_it_begins_another_where_it_dies_and_ends_it_with_itself(
    world, enter
):
    alice = await enter(world, "alice")
    first = await reply(world, alice, "short")
    assert first.text == words(25)
    turn = world.last(first).turn.replace("-", "")
    title = "SELECT title FROM chat_conversation WHERE titled_by = 'model'"
    await eventually(lambda: world.ledger.query(title), 10, "a title, which the worker asks for")
    trace = "SELECT 1 FROM chat_trace WHERE turn_id = ?"
    await eventually(lambda: world.ledger.query(trace, [turn]), 10, "what was seen of the stream")

    worker = worker_of(world)
    worker.kill()
    await eventually(lambda: (other := worker_of(world)) and other.pid != worker.pid, 20, "another worker")
    temporary = await reply(world, alice, "quick", temporary="on")
    assert temporary.text == "Done."

    endless = await world.begin(alice, "endless")
    await endless.watch(lambda v: len(v.text) > 20)
    worker, request = worker_of(world), world.models.asked("endless")[-1]
    world.product.kill()
    await eventually(lambda: request.gone and has_ended(worker), 10, "the worker to end as well")
    row = world.last(endless)
    assert (row.status, row.reason) == ("interrupted", "server")
    assert row.text.startswith(endless.text)


def test_a_worker_without_a_redis_says_what_it_is_for(product):
    with pytest.raises(AssertionError, match="Without REDIS_URL"):
        product.manage("worker")
