"""Saved prompts: kept on a page of their own, put in by a slash."""

import pytest
from playwright.sync_api import expect

from tests.product import Product


@pytest.fixture
def alice(quick: Product, enter):
    return enter(quick, "alice")


def save(chat, name, text):
    chat.page.goto("/prompts/new/")
    chat.page.get_by_role("main").get_by_label("Name").fill(name)
    chat.page.get_by_label("Text").fill(text)
    chat.page.get_by_role("button", name="Save").click()
    chat.page.wait_for_url("**/prompts/")


def options(chat):
    return chat.page.get_by_role("option")


def test_a_prompt_is_saved_changed_and_deleted(alice):
    save(alice, "Weekly Report", "Write my report.")
    page = alice.page
    page.get_by_role("link", name="/weekly-report").click()
    page.get_by_label("Text").fill("Write my weekly report.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="/weekly-report")).to_contain_text("Write my weekly report.")
    page.get_by_role("link", name="Delete weekly-report").click()
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/prompts/")
    expect(page.get_by_role("link", name="/weekly-report")).to_have_count(0)


def test_a_name_that_is_taken_or_none_is_refused_with_the_text_kept(alice):
    save(alice, "taken", "One")
    alice.expects("422")
    for name, sentence in (("Taken", "of this name already"), ("…", "letters and digits")):
        alice.page.goto("/prompts/new/")
        alice.page.get_by_role("main").get_by_label("Name").fill(name)
        alice.page.get_by_label("Text").fill("Two\n{{three}}")
        alice.page.get_by_role("button", name="Save").click()
        expect(alice.page.locator("main .form-problem")).to_contain_text(sentence)
        expect(alice.page.get_by_label("Text")).to_have_value("Two\n{{three}}")


def test_a_slash_lists_them_typing_narrows_and_enter_puts_one_in(alice):
    save(alice, "summary", "Sum this up.")
    save(alice, "summit", "Climb it.")
    alice.page.goto("/")
    alice.box.press_sequentially("/su")
    expect(options(alice)).to_have_count(2)
    expect(alice.box).to_be_focused()
    alice.page.keyboard.press("ArrowDown")
    expect(alice.box).to_have_attribute("aria-activedescendant", options(alice).nth(1).get_attribute("id"))
    alice.box.press_sequentially("mma")
    expect(options(alice)).to_have_count(1)
    alice.page.keyboard.press("Enter")
    expect(alice.box).to_have_value("Sum this up.")
    expect(alice.page.get_by_role("listbox")).to_be_hidden()
    assert alice.page.url.endswith("/")


def test_escape_closes_the_list_and_what_was_typed_can_be_sent(alice):
    save(alice, "etc", "And so on.")
    alice.page.goto("/")
    alice.box.press_sequentially("/etc")
    expect(options(alice)).to_have_count(1)
    alice.page.keyboard.press("Escape")
    expect(alice.page.get_by_role("listbox")).to_be_hidden()
    alice.page.keyboard.press("Enter")
    alice.page.wait_for_url("**/conversations/*/")
    assert alice.sees()[0]["text"] == "/etc"


def test_a_slash_within_a_text_is_a_slash(alice):
    save(alice, "within", "No.")
    alice.page.goto("/")
    alice.box.press_sequentially("a /within")
    alice.box.press_sequentially(" and/or")
    expect(alice.page.get_by_role("listbox")).to_have_count(0)


def test_blanks_are_filled_in_one_after_another(alice):
    save(alice, "letter", "Dear {{name}},\nabout {{topic}}.")
    alice.page.goto("/")
    alice.box.press_sequentially("/letter")
    options(alice).first.click()
    alice.page.keyboard.type("Ada")
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.type("engines")
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.type(" Thanks!")
    expect(alice.box).to_have_value("Dear Ada,\nabout engines. Thanks!")
    alice.page.keyboard.press("Tab")
    expect(alice.box).not_to_be_focused()


def test_what_was_just_written_is_saved_as_a_prompt_and_stays_in_the_box(alice):
    alice.page.goto("/")
    alice.box.fill("  Explain it\nto a child.")
    alice.page.locator(".composer-menu > summary").click()
    alice.page.get_by_role("button", name="Save as prompt").click()
    expect(alice.page.get_by_label("Text")).to_have_value("  Explain it\nto a child.")
    alice.page.get_by_role("main").get_by_label("Name").fill("child")
    alice.page.get_by_role("button", name="Save").click()
    alice.page.wait_for_url("**/prompts/")
    alice.page.goto("/")
    expect(alice.box).to_have_value("  Explain it\nto a child.")
    alice.box.fill("/child")
    expect(options(alice)).to_have_count(1)


def test_without_javascript_prompts_are_pages(quick, enter):
    alice = enter(quick, "alice", java_script_enabled=False)
    save(alice, "plain", "Plain.")
    expect(alice.page.get_by_role("link", name="/plain")).to_be_visible()


def test_nobody_sees_anothers(quick, enter, alice):
    save(alice, "mine", "Alice's own words.")
    bob = enter(quick, "bob")
    bob.page.goto("/")
    bob.box.press_sequentially("/mi")
    expect(bob.page.get_by_role("option")).to_have_count(0)
    bob.page.goto("/prompts/")
    expect(bob.page.locator("main")).not_to_contain_text("Alice's own words.")
