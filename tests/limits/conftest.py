"""A running product with small limits, for the tests that go past them."""

import pytest

from tests.product import PASSWORD, Product
from tests.viewers import Person

LIMITS = {
    "MESSAGES_PER_MINUTE": "3",
    "SEARCHES_PER_MINUTE": "2",
    "UPLOADS_PER_MINUTE": "2",
    "TRANSFERS_PER_MINUTE": "2",
    "API_PER_MINUTE": "2",
    "ANONYMOUS_PER_MINUTE": "5",
    "CONNECTIONS_PER_ADDRESS": "8",
    "STREAMS_PER_MINUTE": "6",
    "ADDRESS_STREAMS_PER_MINUTE": "30",
    "CLIENT_UNREAD_SECONDS": "1",
    "DEMO_TOKENS_PER_SECOND": "1000",
}


@pytest.fixture(scope="module")
def limited(template, tmp_path_factory):
    with Product(template, tmp_path_factory.mktemp("limited"), **LIMITS) as product:
        yield product


@pytest.fixture
async def alice(limited):
    async with Person(limited.url) as person:
        yield await person.sign_in("alice", PASSWORD)
