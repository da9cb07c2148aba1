"""What docs/extending.md promises: a provider and a tool from outside the product, by a file and a setting each."""

import asyncio
import re

import pytest

from tests.product import PASSWORD, ROOT, Product
from tests.tools.mcp_servers import McpProcess
from tests.viewers import Person, Viewer

SETTINGS = {
    "PROVIDERS": "parrot=tests.extending.parrot.ParrotProvider",
    "TOOLS": "tests.extending.squawk.squawk",
}


@pytest.fixture(scope="module")
def product(template, tmp_path_factory):
    with Product(template, tmp_path_factory.mktemp("product"), **SETTINGS) as product:
        yield product


@pytest.fixture
async def root(product):
    async with Person(product.url) as person:
        yield await person.sign_in("root", PASSWORD)


async def connect_parrot(root: Person) -> str:
    """As an administrator does: the provider is entered, its models are fetched. The id of one of them."""
    if found := await number_of(root, "/admin/chat/model/", "grey"):
        return found
    place = "/admin/chat/provider/"
    page = await root.web.get(f"{root.url}{place}add/")
    assert '<option value="parrot">Parrot</option>' in await page.text()
    rows = {"models-TOTAL_FORMS": "0", "models-INITIAL_FORMS": "0"}
    made = await root.post(f"{place}add/", name="Polly", kind="parrot", enabled="on", **rows)
    assert made.status == 302
    pk = await number_of(root, place, "Polly")
    synchronised = await root.post(f"{place}{pk}/synchronise/")
    assert synchronised.status == 302
    return await number_of(root, "/admin/chat/model/", "grey")


async def number_of(root: Person, place: str, name: str) -> str:
    """Of the row with this name in a list of the admin; empty where there is none."""
    async with root.web.get(f"{root.url}{place}") as answer:
        found = re.search(rf"{place}(\d+)/change/[^>]*>{name}", await answer.text())
    return found[1] if found else ""


async def test_a_provider_and_a_tool_from_outside_are_used_like_our_own(root):
    model = await connect_parrot(root)
    conversation = await root.start('Please squawk with {"times": 3}', model=model)
    viewer = await Viewer(root, conversation).finish()
    assert viewer.statuses.popitem()[1] == "complete"
    assert viewer.text.split() == ["squawk"] * 3
    async with root.web.get(f"{root.url}/conversations/{conversation}/") as answer:
        assert 'data-state="done" data-name="squawk"' in await answer.text()


async def test_what_goes_wrong_in_it_is_told_like_our_own(root):
    model = await connect_parrot(root)
    conversation = await root.start("Bite!", model=model)
    viewer = await Viewer(root, conversation).finish()
    assert viewer.statuses.popitem()[1] == "failed"
    async with root.web.get(f"{root.url}/conversations/{conversation}/") as answer:
        assert "The parrot bites." in await answer.text()


@pytest.fixture
def notes(tmp_path):
    process = McpProcess(tmp_path)
    process.start()
    yield process
    process.kill()


async def connect_notes(root: Person, notes: McpProcess) -> None:
    """A server of tools, by the forms of the admin; its slow tool is enabled and asks nobody."""
    servers, tools = "/admin/chat/mcpserver/", "/admin/chat/tool/"
    entered = {"name": "notes", "url": notes.url, "timeout_seconds": "60", "enabled": "on"}
    assert (await root.post(f"{servers}add/", **entered)).status == 302
    checked = await root.post(f"{servers}{await number_of(root, servers, 'notes')}/check/")
    assert checked.status == 302
    slow = await number_of(root, tools, "notes__slow")
    assert (await root.post(f"{tools}{slow}/change/", enabled="on", approval="never")).status == 302


async def test_a_tool_of_a_server_is_called_in_a_reply_and_stopped_with_it(root, notes):
    model = await connect_parrot(root)
    await connect_notes(root, notes)
    chosen = {"model": model, "tools": "notes__slow", "tools_shown": "1"}
    answer = await root.post("/conversations/", text='notes__slow with {"seconds": 60}', key="slow", **chosen)
    viewer = Viewer(root, answer.url.strip("/").split("/")[-1])
    await viewer.load()
    async with asyncio.timeout(20):
        while notes.notes != ["begun"]:
            await asyncio.sleep(0.05)
    turn = list(viewer.statuses)[-1]
    await root.act(turn, "stop")
    await viewer.finish()
    assert viewer.statuses[turn] == "stopped"
    async with asyncio.timeout(20):
        while notes.notes != ["begun", "cancelled"]:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PROVIDERS", "parrot", "must be a list of name=value"),
        ("PROVIDERS", "parrot=tests.extending.nothing.Parrot", "rivulet.E"),
        ("TOOLS", "tests.extending.squawk.nothing", "rivulet.E"),
    ],
)
def test_one_that_is_not_there_is_told_at_the_start(template, tmp_path, setting, value, said):
    product = Product(template, tmp_path / "product", **{setting: value})
    with pytest.raises(AssertionError, match=said):
        product.manage("check")


def test_the_examples_of_the_documentation_are_these_files():
    text = (ROOT / "docs" / "extending.md").read_text()
    for name in ("parrot", "squawk"):
        assert (ROOT / "tests" / "extending" / f"{name}.py").read_text().strip() in text
    for setting, value in SETTINGS.items():
        assert f"{setting}={value}" in text
