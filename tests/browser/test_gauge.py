"""The gauge in the message box: what of the model's context is taken, while one types."""

import pytest
from playwright.sync_api import expect

from chat.budget import tokens_of
from tests.browser.axe import violations
from tests.faults.model_server import DONE, ModelServer, Wire, event, finish
from tests.faults.world import open_world

TEXTS = [
    "",
    "Hello, world!\n",
    "x = {'a': [1, 2]}\t\r",
    "世界 한국어 かな",
    "Привет, مرحبا, héé",
    "😀👨‍👩‍👧 \x7f",
    "a\ufffd\u2028",
]
WINDOWS = """
from chat.models import Model
Model.objects.update(takes_tools=False)
Model.objects.filter(name="large").update(context_window=128_000, max_output=8_000)
Model.objects.filter(name="small").update(context_window=1_000)
"""


async def answer(wire: Wire) -> None:
    await wire.head()
    await wire.say("Done.")
    await wire.send(
        finish() + event({"choices": [], "usage": {"prompt_tokens": 500, "completion_tokens": 12}}) + DONE
    )


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    with open_world(
        template, tmp_path_factory.mktemp("gauge"), {}, ModelServer({"large": answer, "small": answer})
    ) as made:
        made.product.manage("shell", "-c", WINDOWS)
        yield made


def test_the_gauge_follows_what_is_typed_sent_and_chosen(world, enter):
    alice = enter(world.product, "alice")
    alice.expects("422")
    page = alice.page
    label, warning = page.locator("[data-gauge-label]"), page.locator("#gauge-warning")
    page.goto("/")
    alice.choose("large")
    expect(label).to_have_text("about 0 % of 128k tokens")
    alice.box.fill("word " * 10_000)
    expect(label).to_have_text("about 10 % of 128k tokens")
    expect(warning).to_be_hidden()
    alice.box.fill("Hello")
    alice.choose("small")
    expect(label).to_have_text("about 1 % of 1k tokens")
    alice.box.fill("Hello")
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")
    expect(label).to_have_text("about 51 % of 1k tokens")
    top = alice.box.bounding_box()
    alice.box.fill("word " * 20)
    expect(label).to_have_text("about 54 % of 1k tokens")
    assert alice.box.bounding_box()["width"] == top["width"]
    alice.box.fill("word " * 240)
    expect(warning).to_have_text("The oldest messages will be left out of what the model is sent.")
    page.get_by_title("Room in the model’s context").click()
    expect(page.locator(".gauge-panel")).to_contain_text("The oldest messages will be left out")
    assert violations(page) == []
    alice.box.fill("word " * 1_000)
    expect(warning).to_have_text("This is too long for the model by about 504 tokens.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is too long for small by about 5")
    expect(alice.box).to_have_value("word " * 1_000)


def test_the_page_counts_as_the_server_does(world, enter):
    alice = enter(world.product, "alice")
    alice.page.goto("/")
    counted = alice.page.evaluate(
        """async (texts) => {
            const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
            const { tokensOf } = await import(loaded.find((name) => name.includes("/composer/tokens")));
            return texts.map(tokensOf);
        }""",
        TEXTS,
    )
    assert counted == [tokens_of(text) for text in TEXTS]
