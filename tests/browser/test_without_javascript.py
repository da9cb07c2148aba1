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
    assert kept == read(Ledger(site.data).turn(alice.turn).text)
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
    alice.page.route("**/static/js/app*.js", lambda route: route.abort())
    alice.begin("Hello")
    alice.wait_for("complete", 40)
    assert alice.text == read(Ledger(site.data).turn(alice.turn).text)
