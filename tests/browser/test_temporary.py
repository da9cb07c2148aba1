"""Temporary chats as a person sees them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import HOME


@pytest.fixture
def alice(quick, enter):
    return enter(quick, "alice")


def begin(chat, text):
    chat.page.goto("/")
    chat.page.get_by_role("switch", name="Temporary chat").check()
    chat.ask(text)
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("complete")


def test_a_temporary_chat_says_so_survives_a_reload_and_is_in_no_list(alice):
    begin(alice, "A secret about marmots")
    note = alice.page.get_by_role("note")
    expect(note).to_contain_text("10 minutes")
    expect(alice.page.get_by_role("navigation").get_by_text("marmots")).to_have_count(0)
    alice.ask("And another one")
    expect(alice.replies).to_have_count(2)
    alice.wait_for("complete")
    alice.page.reload()
    expect(alice.replies).to_have_count(2)
    expect(note).to_be_visible()
    expect(alice.page.get_by_role("navigation").get_by_text("marmots")).to_have_count(0)


def test_ending_it_leads_home_and_leaves_nothing_to_come_back_to(alice):
    begin(alice, "Not for long")
    address = alice.page.url
    alice.box.fill("a thought that was never sent")
    alice.page.get_by_role("button", name="End", exact=True).click()
    alice.page.wait_for_url(HOME)
    alice.expects("404")
    response = alice.page.goto(address)
    assert response is not None
    assert response.status == 404
    kept = alice.page.evaluate("JSON.stringify({...localStorage})")
    assert "never sent" not in kept


def test_a_draft_in_it_survives_a_reload_in_its_own_tab_alone(alice):
    begin(alice, "Draft")
    alice.box.fill("half a thought")
    alice.page.reload()
    expect(alice.box).to_have_value("half a thought")
    tab = alice.page.context.new_page()
    tab.goto(alice.page.url)
    expect(tab.get_by_role("textbox", name="Message")).to_have_value("")


def test_signing_out_ends_it(quick, enter):
    alice = enter(quick, "alice", anew=True)
    begin(alice, "Until I leave")
    address = alice.page.url
    alice.expects("40[14]|Failed to load")
    alice.page.locator(".sidebar-account").click()
    alice.page.get_by_role("button", name="Sign out").click()
    alice.page.wait_for_url("**/accounts/login/**")
    again = enter(quick, "alice", anew=True)
    again.expects("404")
    response = again.page.goto(address)
    assert response is not None
    assert response.status == 404


def test_without_javascript_it_is_a_box_to_tick_and_a_button_to_press(quick, enter):
    alice = enter(quick, "alice", java_script_enabled=False)
    alice.page.goto("/")
    alice.page.get_by_role("switch", name="Temporary chat").check()
    alice.ask("Plainly")
    expect(alice.page.get_by_role("note")).to_be_visible()
    alice.page.get_by_role("button", name="End", exact=True).click()
    expect(alice.page).to_have_url(re.compile(r"/$"))


def test_an_ordinary_chat_says_nothing_of_it(alice):
    alice.begin("Hello").wait_for("complete")
    expect(alice.page.get_by_role("note")).to_have_count(0)
