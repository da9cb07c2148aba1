"""One product for a module. The owner is alice, the stranger charlie, the administrator root, and bob signed in before
he was deactivated."""

from contextlib import AsyncExitStack

import pytest

from tests.access.house import NAMES, ROLES, House
from tests.product import PASSWORD, Product
from tests.viewers import Person

TRACES = {"TRACE_DAYS": "1", "TRACE_FOR_OWNERS": "on"}
ENSURE_MODEL = """
from chat.models import Model, Provider
if not Model.objects.connected().exists():
    Provider.objects.create(name="Demo", kind="demo").models.create(name="demo")
"""


@pytest.fixture(scope="module")
def shared_product(template, tmp_path_factory):
    with Product(
        template, tmp_path_factory.mktemp("house"), DEMO_TOKENS_PER_SECOND="2000", **TRACES
    ) as product:
        product.manage("shell", "-c", ENSURE_MODEL)
        yield product


@pytest.fixture
async def house(shared_product):
    """The same product for all, everybody signed in anew, and a conversation that no test has touched."""
    async with AsyncExitStack() as stack:
        people = {role: await stack.enter_async_context(Person(shared_product.url)) for role in ROLES}
        made = House(shared_product, people)
        made.activate("bob", True)
        for role, name in NAMES.items():
            await people[role].sign_in(name, PASSWORD)
        made.activate("bob", False)
        for role in ("anonymous", "deactivated"):
            await people[role].get("/accounts/login/")
        await made.furnish()
        yield made
