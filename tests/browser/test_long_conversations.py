"""A conversation of four hundred messages: its end first, the rest as somebody scrolls up to it."""

import pytest
from playwright.sync_api import expect

from tests.messages.conftest import furnished

MAKE = """
from django.contrib.auth.models import User
from chat.models import Model
from tests.admin import chats
chat = chats.conversation(User.objects.get(username="alice"), "A long talk", exchanges=200)
chat.model = Model.objects.get(name="first")
chat.save()
print(chat.pk)
"""
FIRST = """() => {
    const scroller = document.getElementById("scroller").getBoundingClientRect();
    const isSeen = (article) => article.getBoundingClientRect().bottom > scroller.top + 60;
    const seen = [...document.querySelectorAll("article[data-message]")].find(isSeen);
    return { message: seen.dataset.message, top: seen.getBoundingClientRect().top };
}"""
COUNT = "document.querySelectorAll('article[data-message]').length"


@pytest.fixture(scope="module")
def demo(template, tmp_path_factory):
    product = furnished(template, tmp_path_factory.mktemp("long"), "400")
    yield product
    product.kill()


@pytest.fixture(scope="module")
def address(demo):
    return f"/conversations/{demo.manage('shell', '-v0', '-c', MAKE).strip()}/"


def test_earlier_messages_come_in_above_and_nothing_jumps(demo, address, enter):
    alice = enter(demo, "alice")
    alice.page.goto(address)
    alice.page.wait_for_selector("html[data-ready]")
    expect(alice.reply).to_be_in_viewport()
    assert alice.page.evaluate(COUNT) == 30
    alice.page.locator("#scroller").hover()
    for more in (60, 90, 120):
        alice.page.evaluate("document.getElementById('scroller').scrollTop = 700")
        before = alice.page.evaluate(FIRST)
        alice.page.wait_for_function(f"() => {COUNT} >= {more}")
        alice.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        after = alice.page.evaluate(
            "(message) => document.querySelector(`article[data-message='${message}']`).getBoundingClientRect().top",
            before["message"],
        )
        assert abs(after - before["top"]) <= 1
    shown = [seen["text"].strip() for seen in alice.sees()]
    assert (
        shown
        == [f"{kind} {number}" for number in range(200) for kind in ("question", "answer")][-len(shown) :]
    )


def test_what_was_loaded_stays_when_something_happens_at_the_end(demo, address, enter):
    alice, other = enter(demo, "alice"), enter(demo, "alice")
    for window in (alice, other):
        window.page.goto(address)
        window.page.wait_for_selector("html[data-ready]")
    alice.page.get_by_role("link", name="Earlier messages").press("Enter")
    alice.page.wait_for_function(f"() => {COUNT} >= 60")
    first = alice.sees()[0]["message"]
    other.ask("Hello")
    expect(alice.page.locator('article[data-role="user"]').last).to_contain_text("Hello")
    alice.wait_for("complete")
    assert alice.page.evaluate(COUNT) >= 62
    assert first in [seen["message"] for seen in alice.sees()]


def test_without_scripts_the_link_leads_back_through_it(demo, address, enter):
    alice = enter(demo, "alice", java_script_enabled=False)
    alice.page.goto(address)
    shown = [seen.strip() for seen in alice.page.locator(".message-text").all_text_contents()]
    alice.page.get_by_role("link", name="Earlier messages").click()
    alice.page.get_by_role("link", name="Latest messages").wait_for()
    earlier = [seen.strip() for seen in alice.page.locator(".message-text").all_text_contents()]
    assert len(set(earlier) | set(shown)) == 60
    alice.page.get_by_role("link", name="Latest messages").click()
    alice.page.wait_for_url(f"**{address}")
