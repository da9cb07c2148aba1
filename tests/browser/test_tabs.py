"""What is done in one tab is there in all others within a second, as if they had been loaded anew."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import LONG
from tests.browser.test_sidebar import make, open_menu, row

SOON = 1_000 + 500  # a second, and what a busy machine needs to draw
LIST = """() => document.getElementById("sidebar-list").innerHTML
    .replaceAll(/ (aria-current="page"|open=""|data-unseen="")/g, "")
    .replaceAll(/\\s+/g, " ").replaceAll("> <", "><").trim()"""


@pytest.fixture
def tabs(quick, enter):
    """Of one person, on two devices; the second looks at the front page."""
    here, there = enter(quick, "charlie"), enter(quick, "charlie")
    there.page.goto("/")
    return here, there


def as_loaded(page: Page) -> None:
    """What is on the screen is what a fresh page has."""
    shown = page.evaluate(LIST)
    page.reload()
    expect(page.locator("html[data-ready]")).to_be_attached()
    assert page.evaluate(LIST) == shown


def test_titles_pins_folders_the_archive_and_deletion_travel(quick, tabs):
    here, there = tabs
    make(quick, "charlie", "Newts", "Toads")
    for tab in tabs:
        tab.page.goto("/")
        expect(row(tab, "Newts")).to_be_visible()

    open_menu(here, "Newts").get_by_role("button", name="Pin").click()
    pinned = there.page.get_by_role("region", name="Pinned")
    expect(pinned.get_by_role("link", name="Newts", exact=True)).to_be_visible(timeout=SOON)
    menu = open_menu(here, "Toads")
    menu.get_by_text("Move to folder").click()
    menu.get_by_label("New folder").fill("Ponds")
    menu.get_by_role("button", name="Move").click()
    expect(there.page.locator("[data-folder]", has_text="Ponds")).to_be_visible(timeout=SOON)
    menu = open_menu(here, "Newts")
    menu.get_by_text("Rename").first.click()
    menu.get_by_label("Title").fill("Salamanders")
    menu.get_by_role("button", name="Rename").click()
    expect(row(there, "Salamanders")).to_be_visible(timeout=SOON)
    as_loaded(there.page)

    open_menu(here, "Salamanders").get_by_role("button", name="Archive").click()
    expect(row(there, "Salamanders")).to_have_count(0, timeout=SOON)
    here.page.goto("/conversations/manage/?archived=1")
    there.page.goto("/")
    here.page.get_by_label("Choose Salamanders").check()
    here.page.get_by_role("button", name="Delete", exact=True).click()
    here.page.get_by_role("button", name="Delete for good").click()
    here.page.wait_for_url("**/conversations/manage/**")
    here.page.goto("/conversations/manage/")
    here.page.get_by_label("Choose Toads").check()
    here.page.get_by_role("button", name="Archive", exact=True).click()
    expect(there.page.locator("[data-folder] .shelf-count")).to_have_text("0", timeout=SOON)
    as_loaded(there.page)


def test_a_reply_shows_where_it_runs_and_where_it_has_ended_unseen(site, enter):
    here, there = enter(site, "charlie"), enter(site, "charlie")
    there.page.goto("/")
    here.begin(LONG)
    link = there.page.locator(f"#in-sidebar-{here.conversation}")
    expect(link.locator(".writing")).to_be_visible(timeout=SOON)
    here.stop.click()
    here.wait_for("stopped")
    expect(link).to_have_attribute("data-unseen", "", timeout=SOON)
    expect(link.locator(".writing")).to_have_count(0, timeout=SOON)
    link.click()
    expect(there.page.locator(f"#in-sidebar-{here.conversation}")).not_to_have_attribute("data-unseen", "")


def test_a_question_and_a_title_reach_the_same_conversation_elsewhere(quick, tabs):
    here, there = tabs
    here.begin("First question")
    here.wait_for("complete")
    there.page.goto(here.page.url)
    expect(there.replies).to_have_count(1)
    expect(there.page.locator("html[data-ready]")).to_be_attached()
    here.ask("Second question")
    expect(there.replies).to_have_count(2, timeout=SOON)
    expect(here.replies).to_have_count(2)
    here.wait_for("complete")
    there.wait_for("complete")
    assert there.sees() == here.sees()
    title = here.page.get_by_role("textbox", name="Title")
    title.fill("Renamed here")
    title.press("Enter")
    expect(there.page).to_have_title(re.compile("Renamed here"), timeout=SOON)
    expect(there.page.get_by_role("textbox", name="Title")).to_have_value("Renamed here")
    expect(row(there, "Renamed here")).to_be_visible(timeout=SOON)
    menu = open_menu(here, "Renamed here")
    menu.get_by_text("Delete").first.click()
    menu.get_by_role("button", name="Delete for good").click()
    expect(there.page.get_by_text("This conversation was deleted.")).to_be_visible(timeout=2 * SOON)


# In place of the browser's own, which shows nothing here. All tabs write into one list.
NOTED = """class Noted {
    static permission = "granted";
    constructor(title, { body }) {
        const noted = JSON.parse(localStorage.noted ?? "[]");
        localStorage.noted = JSON.stringify([...noted, body]);
    }
    close() {}
}
Object.defineProperty(window, "Notification", { value: Noted });"""
WANTED = """
from django.contrib.auth.models import User
from chat.models import Preferences
alice = User.objects.get(username="alice")
Preferences.objects.update_or_create(user=alice, defaults={"notifications": True})
"""


def test_whoever_wants_it_is_told_once_of_each_reply_that_ended_elsewhere(quick, enter):
    quick.manage("shell", "-v0", "-c", WANTED)
    alice, other = enter(quick, "alice"), enter(quick, "alice")
    tabs = [alice.page, alice.page.context.new_page()]
    for tab in tabs:
        tab.add_init_script(NOTED)
        tab.goto("/")
        expect(tab.locator("html[data-ready]")).to_be_attached()
    other.begin("What is a heron?")
    other.wait_for("complete")
    tabs[0].wait_for_function("() => localStorage.noted")
    other.ask("And an egret?")
    tabs[0].wait_for_function("() => JSON.parse(localStorage.noted).length > 1")
    assert tabs[0].evaluate("() => JSON.parse(localStorage.noted)") == ["The reply is ready."] * 2
