"""System prompt and parameters: before the first message, and later."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick as answer
from tests.faults.world import open_world

SYSTEM = "Answer as a marmot would."


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    with open_world(template, tmp_path_factory.mktemp("told"), {}, ModelServer({"marmot": answer})) as made:
        yield made


def asked(world):
    return world.models.asked("marmot")[-1].body


def fields(chat):
    return chat.page.get_by_role("main")


def begin(chat):
    chat.page.goto("/")
    chat.page.get_by_text("Options", exact=True).click()
    fields(chat).get_by_label("System prompt").fill(SYSTEM)
    fields(chat).get_by_label("Temperature").fill("0.3")


def test_what_is_set_before_the_first_message_holds_from_the_first_reply_on(world, enter):
    alice = enter(world.product, "alice")
    begin(alice)
    alice.choose("marmot")
    alice.ask("Hello")
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")
    assert asked(world)["messages"][0] == {"role": "system", "content": SYSTEM}
    assert asked(world)["temperature"] == 0.3
    assert "top_p" not in asked(world)
    mark = alice.page.get_by_role("link", name="a system prompt is set")
    mark.click()
    expect(fields(alice).get_by_label("System prompt")).to_have_value(SYSTEM)
    fields(alice).get_by_label("System prompt").fill("")
    fields(alice).get_by_label("Temperature").fill("")
    fields(alice).get_by_label("Top P").fill("0.5")
    alice.page.get_by_role("button", name="Save", exact=True).click()
    expect(alice.log).to_be_visible()
    expect(mark).to_have_count(0)
    alice.ask("Again")
    expect(alice.replies).to_have_count(2)
    alice.wait_for("complete")
    assert [message["role"] for message in asked(world)["messages"]] == ["user", "assistant", "user"]
    assert asked(world)["top_p"] == 0.5
    assert "temperature" not in asked(world)


def test_what_cannot_be_is_refused_with_a_sentence_and_kept(world, enter):
    alice = enter(world.product, "alice")
    alice.expects("422")
    begin(alice)
    alice.ask("Hello")
    alice.page.wait_for_url("**/conversations/*/")
    alice.page.get_by_role("link", name="Settings of this conversation").click()
    form = alice.page.locator("#settings")
    form.evaluate("form => (form.noValidate = true)")
    fields(alice).get_by_label("Temperature").fill("7")
    alice.page.get_by_role("button", name="Save", exact=True).click()
    expect(fields(alice).get_by_text("The temperature is a number from 0 to 2.")).to_be_visible()
    expect(fields(alice).get_by_label("System prompt")).to_have_value(SYSTEM)


def test_without_javascript_it_is_a_form(world, enter):
    alice = enter(world.product, "alice", java_script_enabled=False)
    begin(alice)
    alice.page.locator("#model").select_option("marmot")
    alice.ask("Plainly")
    expect(alice.reply).to_have_attribute("data-model", "marmot")
    expect(alice.page.get_by_role("link", name="a system prompt is set")).to_be_visible()
    assert asked(world)["messages"][0]["content"] == SYSTEM


def test_axe_finds_nothing_in_what_opens_around_the_message_box(world, enter):
    alice = enter(world.product, "alice")
    page, found = alice.page, {}
    page.goto("/prompts/new/")
    fields(alice).get_by_label("Name").fill("hello")
    fields(alice).get_by_label("Text").fill("Hello {{name}}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/prompts/")
    begin(alice)
    alice.box.press_sequentially("/")
    expect(page.get_by_role("option")).to_have_count(1)
    found["prompts behind the slash, and the options"] = violations(page)
    alice.box.fill("")
    page.get_by_role("button", name="Model:").click()
    expect(page.get_by_role("option")).to_have_count(2)
    found["the models"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("switch", name="Temporary chat").check()
    alice.ask("Hello")
    page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")
    found["a temporary chat"] = violations(page)
    page.goto(f"{page.url}settings/")
    found["the settings of a conversation"] = violations(page)
    assert not any(found.values()), found
