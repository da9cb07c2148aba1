"""The sidebar: search, the menu of a conversation, folders, and many conversations at once."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat import Chat

MAKE = """
from django.contrib.auth.models import User
from chat.models import Conversation, Folder, SearchEntry
owner = User.objects.get(username={owner!r})
for title in {titles!r}:
    chat = Conversation.objects.create(user=owner, title=title)
    chat.leaf = chat.messages.create(role="user", text="About " + title.lower() + " and more.")
    chat.save()
    SearchEntry.objects.put_title(chat)
    SearchEntry.objects.put_message(chat.leaf)
"""


def make(product, owner: str, *titles: str) -> None:
    product.manage("shell", "-v0", "-c", MAKE.format(owner=owner, titles=titles))


def row(chat: Chat, title: str) -> Locator:
    return chat.page.locator("#sidebar-list .sidebar-row", has_text=title)


def open_menu(chat: Chat, title: str) -> Locator:
    row(chat, title).hover()
    chat.page.get_by_role("link", name=f"Options for {title}").click()
    menu = chat.page.get_by_role("dialog", name="Options")
    expect(menu).to_be_visible()
    return menu


@pytest.fixture
def alice(quick, enter):
    return enter(quick, "alice")


def test_the_search_box_finds_while_one_types_and_its_results_are_walked_by_arrows(quick, alice):
    make(quick, "alice", "Herons and reeds", "A <mark>hostile</mark> heron")
    page = alice.page
    page.goto("/")
    box = page.get_by_role("searchbox", name="Search conversations")
    box.press_sequentially("hero")
    found = page.locator("#found")
    expect(found.get_by_role("status")).to_have_text("2 conversations")
    expect(found.locator(".found-title", has_text="A <mark>hostile</mark> heron")).to_be_visible()
    expect(found.locator("mark").first).to_have_text(re.compile("hero", re.IGNORECASE))
    expect(page.locator("#sidebar-list")).to_be_hidden()
    box.press("ArrowDown")
    expect(found.get_by_role("link").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    box.press("Escape")
    expect(box).to_have_value("")
    expect(row(alice, "Herons and reeds")).to_be_visible()
    box.fill("reeds")
    found.get_by_role("link", name="About herons").click()
    expect(page.locator("article", has_text="About herons and reeds")).to_be_in_viewport()


def test_a_conversation_is_renamed_pinned_filed_archived_and_deleted_from_its_menu(quick, alice):
    make(quick, "alice", "Badgers")
    page = alice.page
    page.goto("/")
    menu = open_menu(alice, "Badgers")
    menu.get_by_text("Rename").first.click()
    menu.get_by_label("Title").fill("Otters")
    menu.get_by_role("button", name="Rename").click()
    expect(row(alice, "Otters")).to_be_visible()

    open_menu(alice, "Otters").get_by_role("button", name="Pin").click()
    pinned = page.get_by_role("region", name="Pinned")
    expect(pinned.get_by_role("link", name="Otters", exact=True)).to_be_visible()
    open_menu(alice, "Otters").get_by_role("button", name="Unpin").click()
    expect(pinned).to_have_count(0)

    menu = open_menu(alice, "Otters")
    menu.get_by_text("Move to folder").click()
    menu.get_by_label("New folder").fill("Rivers")
    menu.get_by_role("button", name="Move").click()
    folder = page.locator("[data-folder]", has_text="Rivers")
    folder.locator("summary").click()
    expect(folder.get_by_role("link", name="Otters", exact=True)).to_be_visible()
    page.reload()
    expect(folder.get_by_role("link", name="Otters", exact=True)).to_be_visible()

    open_menu(alice, "Otters").get_by_role("button", name="Archive").click()
    expect(row(alice, "Otters")).to_have_count(0)
    page.goto("/conversations/manage/?archived=1")
    expect(page.locator("main").get_by_role("link", name="Otters")).to_be_visible()
    page.get_by_label("Choose Otters").check()
    page.get_by_role("button", name="Take out of the archive").click()
    expect(row(alice, "Otters")).to_be_visible()

    menu = open_menu(alice, "Otters")
    menu.get_by_text("Delete").first.click()
    menu.get_by_role("button", name="Delete for good").click()
    expect(row(alice, "Otters")).to_have_count(0)
    assert "/conversations/manage/" in page.url


def test_the_menu_is_all_keyboard(quick, alice):
    make(quick, "alice", "Kestrels")
    page = alice.page
    page.goto("/")
    options = page.get_by_role("link", name="Options for Kestrels")
    options.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Options").get_by_text("Rename").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Options")).to_be_hidden()
    expect(options).to_be_focused()


def test_a_row_that_moves_takes_the_focus_along(quick, alice, enter):
    make(quick, "alice", "Plovers", "Dunlins")
    alice.page.goto("/")
    options = alice.page.get_by_role("link", name="Options for Plovers")
    options.focus()
    elsewhere = enter(quick, "alice")
    elsewhere.page.goto("/")
    open_menu(elsewhere, "Plovers").get_by_role("button", name="Pin").click()
    pinned = alice.page.get_by_role("region", name="Pinned")
    expect(pinned.get_by_role("link", name="Plovers", exact=True)).to_be_visible()
    expect(options).to_be_focused()


def test_many_are_deleted_at_once_after_a_question_that_says_how_many(quick, enter):
    bob = enter(quick, "bob")
    make(quick, "bob", *(f"Moth {number}" for number in range(5)), "Kept")
    page = bob.page
    page.goto("/conversations/manage/?q=moth")
    page.get_by_label("All on this page").check()
    expect(page.locator("#manage-count")).to_have_text("5 chosen")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading")).to_have_text("Delete 5 conversations?")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("No conversation has such a title.")).to_be_visible()
    expect(row(bob, "Moth")).to_have_count(0)
    expect(row(bob, "Kept")).to_have_count(1)


def test_more_than_a_hundred_come_when_asked_for_and_no_earlier_answer_takes_them_back(quick, enter):
    root = enter(quick, "root")
    make(quick, "root", *(f"Number {number}" for number in range(105)))
    page = root.page
    late = []

    def hold_the_first(route):
        if late:
            route.continue_()
        else:
            late.append(route)

    page.goto("/")
    rows = page.locator("#sidebar-list .sidebar-row")
    expect(rows).to_have_count(100)
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.route(re.compile(r"/conversations/(\?rows=\d+)?$"), hold_the_first)
    with page.expect_request(re.compile("/conversations/$")) as first:
        page.evaluate("document.dispatchEvent(new CustomEvent('rivulet:sidebar'))")
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(105)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    late[0].continue_()
    first.value.response().finished()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(rows).to_have_count(105)
