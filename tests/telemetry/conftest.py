"""One product for a module, with a scripted model server behind it."""

import subprocess
import sys
from contextlib import AsyncExitStack

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD, ROOT, Product
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


@pytest.fixture
def doctor():
    """`manage.py doctor` with the environment of a product that need not run."""

    def run(template, directory, *arguments, **environment):
        command = [sys.executable, "manage.py", "doctor", *arguments]
        whole = Product(template, directory / "product", **environment).environment
        return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)

    return run
