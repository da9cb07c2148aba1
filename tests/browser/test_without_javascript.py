"""Forms and links alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.ledger import Ledger
from tests.reading import letters, read


@pytest.fixture
def alice(site, enter):
    return enter(site, "alice", anew=True, java_script_enabled=False)


def test_c24_ask_read_stop_continue_regenerate_rename_and_delete(site, alice):
    page = alice.page
    alice.ask("Write a polite letter to a neighbour.")
    page.wait_for_url("**/conversations/*/")
    expect(page.locator('meta[http-equiv="refresh"]')).to_have_count(1)
    expect(alice.reply.locator(".message-text")).to_contain_text(re.compile(r"\w{3}"), timeout=10_000)
    alice.stop.click()
    expect(alice.reply).to_have_attribute("data-status", "stopped", timeout=10_000)
    kept = alice.reply.locator(".message-text").text_content()
    assert kept == read(Ledger(site.address).turn(alice.turn).text)
    alice.reply.get_by_role("button", name="Continue").click()
    expect(alice.reply).to_have_attribute("data-status", "complete", timeout=30_000)
    assert letters(alice.reply.locator(".message-text").text_content()).startswith(letters(kept))
    expect(page.locator('meta[http-equiv="refresh"]')).to_have_count(0)

    first = alice.turn
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Regenerate").click()
    expect(alice.reply).not_to_have_attribute("data-turn", first)
    alice.stop.click()
    expect(alice.reply).to_have_attribute("data-status", re.compile("stopped|complete"), timeout=10_000)

    title = page.get_by_role("textbox", name="Title")
    title.fill("By hand")
    title.press("Enter")
    expect(page).to_have_title("By hand · Rivulet")

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url(f"{site.url}/")
    expect(page.get_by_role("link", name="By hand")).to_have_count(0)


def test_a_refused_message_comes_back_in_a_form_that_sends_it_again(quick, enter):
    alice = enter(quick, "alice", anew=True, java_script_enabled=False)
    alice.expects("Failed to load resource")
    alice.ask("Hello")
    expect(alice.reply).to_have_attribute("data-status", "complete")
    address = alice.page.url
    alice.page.context.clear_cookies(name="rivulet_csrftoken")
    alice.ask("\n Second ")
    expect(alice.page.get_by_label("Your text is still here")).to_have_value("\n Second ")
    alice.page.get_by_role("button", name="Send again").click()
    alice.page.wait_for_url(f"{address}#*")
    expect(alice.replies).to_have_count(2)
    assert alice.page.locator("article .message-text").nth(2).text_content() == "\n Second "


def test_c24_where_the_scripts_cannot_be_loaded_the_page_works_and_refreshes(site, enter):
    alice = enter(site, "alice")
    alice.expects("net::ERR_|Failed to load")
    alice.page.route("**/static/js/shell/app*.js", lambda route: route.abort())
    alice.begin("Hello")
    alice.wait_for("complete", 40)
    assert alice.text == read(Ledger(site.address).turn(alice.turn).text)


def test_nothing_can_be_typed_that_the_pages_own_refresh_would_take_away(site, alice):
    alice.ask("Something very long, please.")
    alice.page.wait_for_url("**/conversations/*/")
    expect(alice.page.locator(".composer-writing")).to_have_text(re.compile("looks again by itself"))
    expect(alice.box).to_be_hidden()
    alice.stop.click()
    expect(alice.box).to_be_visible()


def test_edit_switch_compare_rate_fork_and_delete_are_forms_and_links(quick, enter):
    alice = enter(quick, "alice", anew=True, java_script_enabled=False)
    page = alice.page
    alice.ask("Hello")
    expect(alice.reply).to_have_attribute("data-status", "complete")
    page.locator('article[data-role="user"]').hover()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("textbox", name="Message").fill("Hello, edited")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    expect(alice.reply).to_have_attribute("data-status", "complete")
    page.get_by_role("button", name="Previous branch").click()
    expect(page.get_by_text("1 / 2")).to_be_visible()
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Bad reply").click()
    expect(alice.reply.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")
    alice.reply.get_by_text("Say why").click()
    alice.reply.get_by_label("What was wrong with it?").fill("Too short")
    alice.reply.get_by_role("button", name="Save").click()
    expect(alice.reply.get_by_text("Your comment")).to_be_visible()
    before = page.url.partition("#")[0]
    alice.reply.locator('summary[title="More"]').click()
    alice.reply.get_by_role("button", name="Go on in a new chat").click()
    expect(page).to_have_title("Fork of Hello · Rivulet")
    assert before not in page.url
    alice.reply.locator('summary[title="More"]').click()
    alice.reply.get_by_role("link", name="Delete from here on").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("This question has no answer.")).to_be_visible()
    page.get_by_role("button", name="Answer it").click()
    expect(alice.reply).to_have_attribute("data-status", "complete")


def test_finding_pinning_and_settings_are_forms_and_links(quick, enter):
    bob = enter(quick, "bob", anew=True, java_script_enabled=False)
    page = bob.page
    bob.ask("Where do herons nest?")
    bob.wait_for("complete", 20)
    address = page.url.split("#")[0]
    search = page.get_by_role("searchbox").first
    search.fill("herons")
    search.press("Enter")
    page.locator("main").get_by_role("link", name=re.compile("herons")).first.click()
    page.wait_for_url(f"{address}*")
    options = page.get_by_role("link", name=re.compile("Options for")).first.get_attribute("href")
    page.goto(options)
    page.get_by_role("button", name="Pin").click()
    page.goto(options)
    expect(page.get_by_role("button", name="Unpin")).to_be_visible()

    page.goto("/settings/")
    page.locator("main").get_by_label("Dark").check()
    page.get_by_label("Language").select_option(label="Deutsch")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('html[data-theme="dark"][lang="de"]')).to_be_attached()
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
