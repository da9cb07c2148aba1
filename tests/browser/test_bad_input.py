"""Monsters, typed by people and written by models: nothing hangs, nothing breaks, and nothing is lost without a word."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.faults.model_server import ModelServer, Wire
from tests.faults.scripts import quick
from tests.faults.world import open_world

LINE = "    total += price[{0}] * amount[{0}]  # and so on\n"
MONSTERS = {
    "code": "```python\n" + "".join(LINE.format(n) for n in range(10_000)) + "```\n",
    "code that never ends": "```js\n/* " + "a line of a comment\n" * 5_000,
    "list": "".join("  " * depth + "- deeper\n" for depth in range(300)),
    "quotation": ">" * 300 + " deep",
    "brackets": "[" * 50_000,
    "pictures": "![" * 20_000,
    "emphasis": "*a " * 20_000,
    "stars": "*a**b" * 10_000,
    "backticks": "".join("`" * n + " " for n in range(300)),
    "formulae": "\\(" * 10_000 + "x" + "\\)" * 10_000,
    "many formulae": "\\(x_1^2\\) " * 1_500,
    "dollars": "$$" * 20_000,
    "references": "".join(f"[a{n}]: /x\n" for n in range(3_000)) + "[a1] " * 3_000,
    "table": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + ("|b" * 300 + "|\n") * 20,
    "tags": "<a " * 20_000 + "&#" * 20_000,
    "one line": "word" * 100_000,
    "marks": "\u202e\u2066\u200b\u200d\ufeff\u2028\u2029\u0000\ud800 gpj.exe\u202c " * 500,
}
# Milliseconds and seconds. Beyond this it hangs; how quick it is when nothing else runs is for the benchmarks to say.
SLOWEST_TASK = 5_000
SLOWEST_ANSWER = 5.0
WATCH = """
    window.slowest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) slowest = Math.max(slowest, duration);
    }).observe({ type: "longtask", buffered: true });
"""


async def monstrous(wire: Wire) -> None:
    await wire.head()
    text = MONSTERS[wire.request.text]
    for at in range(0, len(text), 4_000):
        await wire.say(text[at : at + 4_000])
    await wire.finish()


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    models = ModelServer({"monstrous": monstrous, "quick": quick})
    with open_world(template, tmp_path_factory.mktemp("monsters"), {}, models) as world:
        yield world


@pytest.fixture
def alice(world, enter):
    alice = enter(world.product, "alice", permissions=["clipboard-read", "clipboard-write"])
    alice.page.add_init_script(WATCH)
    return alice


@contextmanager
def answering(url: str) -> Iterator[None]:
    """The server has time for others all along."""
    slowest, done = [0.0], threading.Event()

    def ask() -> None:
        while not done.wait(0.1):
            began = time.monotonic()
            urllib.request.urlopen(f"{url}/healthz", timeout=30).read()
            slowest[0] = max(slowest[0], time.monotonic() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert slowest[0] < SLOWEST_ANSWER


def begin(chat: Chat, model: str, text: str) -> None:
    chat.page.goto("/")
    chat.choose(model)
    paste(chat, text)
    chat.send.click()
    chat.page.wait_for_url("**/conversations/*/")


def paste(chat: Chat, text: str) -> None:
    chat.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    chat.box.focus()
    chat.page.keyboard.press("Control+V")
    chat.page.wait_for_function(
        "(length) => document.querySelector('#text').textLength >= length", arg=len(text)
    )


def idle(chat: Chat) -> float:
    """The longest task until the page had nothing more to do."""
    chat.page.evaluate("new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)))")
    slowest: float = chat.page.evaluate("slowest")
    return slowest


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monstrous_reply_is_shown_and_nothing_hangs(world, alice, name):
    with answering(world.product.url):
        begin(alice, "monstrous", name)
        alice.wait_for("complete", 60)
        alice.wait_for_footer()
        assert idle(alice) < SLOWEST_TASK
        streamed = alice.text
        assert streamed.strip()
        alice.page.reload()
        expect(alice.reply.locator(".message-text")).not_to_be_empty()
        assert idle(alice) < SLOWEST_TASK
        assert alice.text == streamed


@pytest.mark.parametrize("name", ["code", "list", "brackets", "one line", "marks"])
def test_a_monstrous_question_is_shown_as_it_was_typed(world, alice, name):
    text = MONSTERS[name].replace("\ud800", "").replace("\0", "")[:200_000]
    with answering(world.product.url):
        begin(alice, "quick", text)
        alice.wait_for("complete", 60)
        question = alice.page.locator('article[data-role="user"] .message-text')
        assert question.text_content() == text or pytest.fail("the question is not what was asked")
        assert idle(alice) < SLOWEST_TASK


def test_a_megabyte_is_refused_with_a_sentence_and_stays_in_the_box(world, alice):
    alice.page.goto("/")
    text = "long words " * 95_000
    paste(alice, text)
    alice.page.keyboard.press("Enter")
    expect(alice.page.get_by_text("too long")).to_be_visible()
    assert alice.box.input_value() == text or pytest.fail("the text is not what was typed")
    assert alice.page.url.endswith("/")
    assert idle(alice) < SLOWEST_TASK


def test_lone_surrogates_and_nul_are_sent_as_what_can_be_kept(world, alice):
    alice.page.goto("/")
    alice.box.evaluate(
        "(box) => { box.value = 'a\\ud800b\\0c\\udc00'; box.dispatchEvent(new Event('input')); }"
    )
    alice.page.keyboard.press("Tab")
    alice.send.click()
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete", 60)
    shown = alice.page.locator('article[data-role="user"] .message-text').text_content()
    assert shown == "a\ufffdbc\ufffd"


def test_code_that_does_not_read_as_it_runs_says_so(world, alice):
    MONSTERS["trojan"] = "```python\nif level != 'user\u202e \u2066# only admins\u2069 \u2066':\n```"
    begin(alice, "monstrous", "trojan")
    alice.wait_for("complete")
    expect(alice.reply.get_by_role("note", name="Hidden characters change its order")).to_be_visible()
