"""The choice of a model: by keyboard, by typing, by hand; remembered; and the plain field without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick as answer
from tests.faults.world import open_world

MANY = {"tiny-tiger": answer, "grey-goose": answer, **{f"model-{number:03}": answer for number in range(498)}}


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    with open_world(template, tmp_path_factory.mktemp("models"), {}, ModelServer(MANY)) as made:
        yield made


@pytest.fixture
def alice(world, enter):
    alice = enter(world.product, "alice")
    alice.page.goto("/")
    return alice


def button(chat):
    return chat.page.get_by_role("button", name="Model:")


def search(chat):
    return chat.page.get_by_role("combobox", name="Model")


def test_five_hundred_models_are_found_by_typing(world, alice):
    button(alice).click()
    expect(search(alice)).to_be_focused()
    assert alice.page.get_by_role("option").count() == len(MANY) + 1  # and the demo
    alice.page.keyboard.type("GREY goo")
    expect(alice.page.get_by_role("option")).to_have_count(1)
    expect(alice.page.get_by_role("option")).to_contain_text("scripted")
    alice.page.keyboard.press("Enter")
    expect(button(alice)).to_be_focused()
    expect(button(alice)).to_have_text("grey-goose")
    alice.ask("Hello")
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")
    assert len(world.models.asked("grey-goose")) == 1


def test_arrows_move_and_escape_leaves_everything_as_it_was(alice):
    before = button(alice).text_content()
    button(alice).click()
    options = alice.page.get_by_role("option")
    search(alice).fill("model-00")
    expect(options).to_have_count(10)
    expect(search(alice)).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    alice.page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(search(alice)).to_have_attribute("aria-activedescendant", options.last.get_attribute("id"))
    alice.page.keyboard.press("Escape")
    expect(alice.page.get_by_role("dialog", name="Model")).to_be_hidden()
    expect(button(alice)).to_be_focused()
    assert button(alice).text_content() == before


def test_a_press_elsewhere_closes_it(alice):
    button(alice).click()
    expect(search(alice)).to_be_visible()
    alice.page.get_by_role("heading", level=1).click()
    expect(search(alice)).to_be_hidden()


def test_a_conversation_keeps_its_model_and_a_new_one_begins_with_the_last(alice):
    alice.choose("model-123")
    alice.ask("Hello")
    alice.page.wait_for_url("**/conversations/*/")
    expect(button(alice)).to_have_text("model-123")
    alice.wait_for("complete")
    here = alice.page.url
    alice.page.goto("/")
    expect(button(alice)).to_have_text("model-123")
    alice.choose("tiny")
    alice.ask("Hello again")
    alice.page.wait_for_url(lambda url: "/conversations/" in url)
    alice.page.goto(here)
    expect(button(alice)).to_have_text("model-123")


def test_a_second_model_can_be_chosen_beside_the_first_and_let_go(alice):
    sent = []
    alice.page.on("request", lambda request: sent.append(request.post_data or ""))
    alice.choose("grey")
    button(alice).click()
    alice.page.get_by_role("button", name="Compare with another model").click()
    beside = alice.page.get_by_role("combobox", name="Compare with")
    expect(beside).to_be_focused()
    beside.fill("grey")
    expect(alice.page.get_by_role("option")).to_have_count(0)
    beside.fill("tiny")
    alice.page.keyboard.press("Enter")
    expect(button(alice)).to_have_text("grey-goose + tiny-tiger")
    chosen = alice.page.locator("#beside").input_value()
    alice.page.route("**/conversations/", lambda route: route.abort())
    alice.expects("net::ERR_|Failed to load")
    alice.ask("Hello")
    expect(alice.page.get_by_role("alert")).to_be_visible()
    assert any(f"beside={chosen}&" in f"{data}&" for data in sent)
    button(alice).click()
    alice.page.get_by_role("button", name="Stop comparing").click()
    expect(button(alice)).to_have_text("grey-goose")


def test_without_javascript_it_is_a_plain_field(world, enter):
    alice = enter(world.product, "alice", java_script_enabled=False)
    alice.page.goto("/")
    alice.page.locator("#model").select_option("model-007")
    alice.ask("Hello")
    expect(alice.reply).to_have_attribute("data-model", "model-007")
