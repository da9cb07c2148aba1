"""Two products for all of these tests: a demo that is done in a moment, under three names; and one that goes on for long."""

import re

import pytest

from tests.ledger import Ledger
from tests.product import PASSWORD, Product
from tests.viewers import Person, Viewer

MODELS = """
from chat.models import Model, Provider
provider = Provider.objects.filter(kind="demo").first() or Provider.objects.create(name="Demo", kind="demo")
provider.models.update(is_default=False)
for name in ("first", "second", "third"):
    provider.models.get_or_create(name=name, defaults={"is_default": name == "first"})
provider.models.exclude(name__in=["first", "second", "third"]).delete()
"""
PLACES = re.compile(r"Branch (\d+) of (\d+)")
COLUMNS = re.compile(r'data-column="(\d)"')


def furnished(template, directory, speed):
    product = Product(template, directory, DEMO_TOKENS_PER_SECOND=speed)
    product.start()
    product.manage("shell", "-c", MODELS)
    return product


@pytest.fixture(scope="package")
def quick(template, tmp_path_factory):
    product = furnished(template, tmp_path_factory.mktemp("messages"), "3000")
    yield product
    product.kill()


@pytest.fixture(scope="package")
def slow(template, tmp_path_factory):
    product = furnished(template, tmp_path_factory.mktemp("slow"), "4")
    yield product
    product.kill()


class Chat:
    """Alice, in one conversation of hers, by forms alone."""

    def __init__(self, person: Person, ledger: Ledger) -> None:
        self.person = person
        self.ledger = ledger
        self.id = ""

    async def begin(self, text, **form):
        page = await self.person.post("/conversations/", text=text, **form)
        assert page.status == 303, page.html
        self.id = page.url.strip("/").split("/")[-1]
        return self

    async def ask(self, text, **form):
        return await self.person.post(f"/conversations/{self.id}/messages/", text=text, **form)

    async def page(self, query=""):
        return await self.person.get(f"/conversations/{self.id}/{query}")

    async def settled(self):
        """The page once nothing is being written."""
        await Viewer(self.person, self.id).finish()
        return await self.page()

    async def do(self, message, verb, **form):
        return await self.person.post(f"/messages/{message}/{verb}/", **form)

    async def choose(self, message):
        return await self.person.post(f"/conversations/{self.id}/leaf/", message=message)

    def turns(self):
        return self.ledger.turns(self.id)

    def models(self):
        """The id of each model, by its name."""
        return {name: str(pk) for pk, name in self.ledger.query("SELECT id, name FROM chat_model")}


async def at(product):
    person = Person(product.url)
    await person.sign_in("alice", PASSWORD)
    return Chat(person, Ledger(product.address))


@pytest.fixture
async def chat(quick):
    made = await at(quick)
    yield made
    await made.person.web.close()


@pytest.fixture
async def slow_chat(slow):
    made = await at(slow)
    yield made
    await made.person.web.close()


def texts(page):
    """What is shown, without the words of the demo."""
    return [shown.text if shown.role == "user" else "…" for shown in page.messages]


def places(page):
    return [f"{number}/{count}" for number, count in PLACES.findall(page.html)]


def columns(page):
    return COLUMNS.findall(page.html)
