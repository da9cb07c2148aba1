"""What docs/extending.md promises: a provider and a tool from outside the product, by a file and a setting each."""

import re

import pytest

from tests.product import PASSWORD, ROOT, Product
from tests.viewers import Person, Viewer

SETTINGS = {
    "PROVIDERS": "parrot=tests.extending.parrot.ParrotProvider",
    "TOOLS": "tests.extending.squawk.squawk",
}


@pytest.fixture
async def root(start_product):
    product = start_product(**SETTINGS)
    async with Person(product.url) as person:
        person.product = product
        yield await person.sign_in("root", PASSWORD)


async def connect_parrot(root: Person) -> str:
    """As an administrator does: the provider is entered, its models are fetched. The id of one of them."""
    place = "/admin/chat/provider/"
    page = await root.web.get(f"{root.url}{place}add/")
    assert '<option value="parrot">Parrot</option>' in await page.text()
    rows = {"models-TOTAL_FORMS": "0", "models-INITIAL_FORMS": "0"}
    made = await root.post(f"{place}add/", name="Polly", kind="parrot", enabled="on", **rows)
    assert made.status == 302
    async with root.web.get(f"{root.url}{place}") as answer:
        pk = re.search(r'/provider/(\d+)/change/">Polly', await answer.text())[1]
    synchronised = await root.post(f"{place}{pk}/synchronise/")
    assert synchronised.status == 302
    async with root.web.get(f"{root.url}/admin/chat/model/?q=grey") as answer:
        return re.search(r"/admin/chat/model/(\d+)/change/", await answer.text())[1]


async def test_a_provider_and_a_tool_from_outside_are_used_like_our_own(root):
    model = await connect_parrot(root)
    conversation = await root.start("Please squawk", model=model)
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
