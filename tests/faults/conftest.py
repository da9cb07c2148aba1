"""The running product, a scripted model server and the cast, for tests that break things in between.

A module says in `SCRIPTS` what its models do, and in `ENVIRONMENT` how its product differs. It shares one product; a
test that kills it asks for `mortal`, which is its own. With TEST_TOPOLOGY=cluster it is a cluster.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.environment import on_cluster
from tests.faults.left_out import LEFT_OUT, NAMES
from tests.faults.model_server import ModelServer
from tests.faults.world import SHORT, World, open_world
from tests.product import PASSWORD, Product, Template
from tests.viewers import Person

Enter = Callable[..., Awaitable[Person]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = os.fspath(Path(__file__).parent)
    ours = [item for item in items if os.fspath(item.path).startswith(here)]
    for item in ours:
        item.add_marker(pytest.mark.faults)
    if on_cluster:
        left_out = [item for item in ours if not NAMES.isdisjoint(_names(item))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _names(item: pytest.Item) -> set[str]:
    """By which the list may call it: its module, or the function in it."""
    return {item.path.stem, f"{item.path.stem}.{getattr(item, 'originalname', item.name)}"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if on_cluster:
        terminalreporter.section("left out on a cluster")
        for reason, names in LEFT_OUT.items():
            terminalreporter.line(f"{reason}:")
            for name in names:
                terminalreporter.line(f"    {name}")


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with _world_of(request, template, tmp_path_factory.mktemp("product")) as world:
        yield world


@pytest.fixture
def mortal(request: pytest.FixtureRequest, template: Template, tmp_path: Path) -> Iterator[World]:
    with _world_of(request, template, tmp_path) as world:
        yield world


def _world_of(request: pytest.FixtureRequest, template: Template, directory: Path) -> Any:
    scripts = getattr(request.module, "SCRIPTS", {})
    environment = SHORT | getattr(request.module, "ENVIRONMENT", {})
    return open_world(
        template, directory, environment, ModelServer(scripts), Cluster if on_cluster else Product
    )


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Somebody signed in, through the front door: `alice = await enter(world, "alice")`."""
    async with AsyncExitStack() as stack:

        async def enter(world: World, name: str, url: str = "") -> Person:
            person = await stack.enter_async_context(Person(url or world.product.url))
            return await person.sign_in(name, PASSWORD)

        yield enter


@pytest.fixture
async def alice(world: World, enter: Enter) -> Person:
    return await enter(world, "alice")


@pytest.fixture
async def bob(world: World, enter: Enter) -> Person:
    return await enter(world, "bob")


@pytest.fixture
async def charlie(world: World, enter: Enter) -> Person:
    return await enter(world, "charlie")
