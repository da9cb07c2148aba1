"""One product for a module, with a scripted model server behind it."""

from contextlib import AsyncExitStack

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD
from tests.viewers import Person


@pytest.fixture(scope="module")
def world(request, template, tmp_path_factory):
    environment = SHORT | getattr(request.module, "ENVIRONMENT", {})
    models = ModelServer(request.module.SCRIPTS)
    with open_world(template, tmp_path_factory.mktemp("product"), environment, models) as world:
        yield world


@pytest.fixture
async def alice(world):
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(Person(world.product.url))
        yield await person.sign_in("alice", PASSWORD)
