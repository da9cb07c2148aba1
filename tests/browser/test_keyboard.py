"""Keys, the sheet that lists them, the palette, and what of the settings a page does."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import LONG
from tests.browser.conftest import PHONE


@pytest.fixture
def alice(quick, enter):
    """At the page of a conversation called "Anchovies", after one called "Bread"."""
    alice = enter(quick, "alice")
    if "Anchovies" not in alice.page.goto("/").text():
        for title in ("Bread", "Anchovies"):
            alice.begin(title)
            alice.wait_for("complete")
    alice.page.get_by_role("link", name="Anchovies", exact=True).first.click()
    expect(alice.page.locator("html[data-ready]")).to_be_attached()
    return alice


def test_a_question_mark_lists_the_keys_and_is_a_letter_where_somebody_writes(alice):
    alice.box.press("?")
    expect(alice.box).to_have_value("?")
    expect(alice.page.get_by_role("dialog")).to_have_count(0)
    alice.box.fill("")
    alice.page.get_by_role("button", name="Sidebar", exact=True).focus()
    alice.page.keyboard.press("?")
    sheet = alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.get_by_text("New chat")).to_be_visible()
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    alice.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(alice.page.get_by_role("button", name="Sidebar", exact=True)).to_be_focused()


def test_keys_do_what_the_sheet_says(alice):
    page = alice.page
    page.get_by_role("button", name="Sidebar", exact=True).focus()
    page.keyboard.press("Shift+Escape")
    expect(alice.box).to_be_focused()
    page.keyboard.press("Control+Shift+Backspace")
    expect(page.get_by_role("dialog", name="Delete this conversation?")).to_be_visible()
    page.keyboard.press("Control+Shift+O")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+,")
    page.wait_for_url("**/settings/")
    page.keyboard.press("Control+Shift+O")
    page.wait_for_url(re.compile(r"://[^/]+/$"))


def test_escape_stops_a_reply(silent, enter):
    bob = enter(silent, "bob").begin(LONG)
    expect(bob.stop).to_be_visible()
    bob.box.press("Escape")
    bob.wait_for("stopped")


def test_the_palette_finds_a_conversation(alice):
    alice.page.keyboard.press("Control+K")
    box = alice.page.get_by_role("combobox", name="Search and commands")
    expect(box).to_be_focused()
    box.fill("bread")
    option = alice.page.get_by_role("option", name="Bread")
    expect(option).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(alice.page).to_have_title("Bread · Rivulet")


def test_the_palette_runs_a_command_that_the_arrows_chose(alice):
    alice.page.keyboard.press("Control+K")
    box = alice.page.get_by_role("combobox", name="Search and commands")
    box.fill("theme: d")
    expect(alice.page.get_by_role("option", name="Theme: dark")).to_have_attribute("aria-selected", "true")
    with alice.page.expect_response("**/settings/theme/") as kept:
        box.press("Enter")
    assert kept.value.status == 204
    expect(alice.page.locator('html[data-theme="dark"]')).to_be_attached()
    alice.page.reload()
    expect(alice.page.locator('html[data-theme="dark"]')).to_be_attached()
    alice.page.locator(".sidebar-account").click()
    with alice.page.expect_response("**/settings/theme/"):
        alice.page.get_by_title("As the system").click()


def test_the_palette_says_when_there_is_nothing_and_gives_the_keyboard_back(alice):
    alice.box.focus()
    alice.page.keyboard.press("Control+K")
    alice.page.keyboard.type("qqqqq")
    expect(alice.page.get_by_text("Nothing found.")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(alice.box).to_be_focused()


def test_on_a_phone_the_palette_is_reached_from_the_sidebar(quick, alice, enter):
    phone = enter(quick, "alice", **PHONE)
    phone.page.goto("/")
    phone.page.get_by_role("button", name="Sidebar", exact=True).tap()
    phone.page.locator(".sidebar-account").tap()
    phone.page.get_by_role("button", name="Commands").tap()
    phone.page.get_by_role("option", name="Anchovies").tap()
    expect(phone.page).to_have_title("Anchovies · Rivulet")


def test_notifications_that_the_browser_refuses_cannot_be_chosen(quick, enter):
    bob = enter(quick, "bob")
    bob.page.goto("/settings/")
    expect(bob.page.locator("html[data-ready]")).to_be_attached()
    bob.page.evaluate("Notification.requestPermission = async () => 'denied'")
    box = bob.page.get_by_label("Tell me when a reply has ended")
    box.click()
    expect(bob.page.get_by_text("does not let this site show notifications")).to_be_visible()
    expect(box).not_to_be_checked()
