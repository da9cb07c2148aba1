"""A running product for a module, people in it, and conversations that are there from the start."""

import pytest

from tests.product import PASSWORD, Product
from tests.viewers import Person


@pytest.fixture(scope="module")
def server(template, tmp_path_factory):
    with Product(template, tmp_path_factory.mktemp("inout"), DEMO_TOKENS_PER_SECOND="2000") as product:
        yield product


@pytest.fixture
async def alice(server):
    async with Person(server.url) as person:
        yield await person.sign_in("alice", PASSWORD)


@pytest.fixture
async def charlie(server):
    async with Person(server.url) as person:
        yield await person.sign_in("charlie", PASSWORD)
