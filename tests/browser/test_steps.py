"""What a person sees of thoughts and of tool calls, in each state of a call, and what they can do about it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.chat import Chat
from tests.browser.conftest import PHONE
from tests.ledger import Ledger
from tests.product import Product
from tests.reading import read

TOOLS = ",".join(f"tests.browser.tools_to_call.{name}" for name in ("hold", "send", "note"))
LETTER = "Dear bob, " + "the music was quite loud again last night, and so I write to you. " * 20
WRITING = f'use note {{"text": "{LETTER}"}}'
ASKING = 'use send {"to": "bob"}'
# An article without what no two renderings share, and without what the person has opened.
SHOWN = """() => {
    const copy = [...document.querySelectorAll('article[data-turn]')].at(-1).cloneNode(true);
    for (const other of copy.querySelectorAll('input, data, .waiting, .message-foot')) other.remove();
    for (const each of copy.querySelectorAll('*')) {
        for (const { name } of [...each.attributes]) {
            if (/^(id|open|style|disabled|data-(?!state|key).*)$/.test(name)) each.removeAttribute(name);
        }
    }
    return copy.innerHTML.trim();
}"""


@pytest.fixture(scope="module")
def tooled(template, tmp_path_factory):
    environment = {"DEMO_TOKENS_PER_SECOND": "60", "TURN_LEASE_SECONDS": "2", "TOOLS": TOOLS}
    with Product(template, tmp_path_factory.mktemp("tooled"), **environment) as product:
        (product.data / "gates").mkdir()
        yield product


@pytest.fixture
def come(tooled, enter):
    """`alice = come("a question", "a tool")`: she has asked it, with these tools switched on beside the usual ones."""

    def come(question: str, *tools: str, **options) -> Chat:
        chat = enter(tooled, "alice", **options)
        chat.page.goto("/")
        if tools:
            chat.page.locator(".options-more > summary").click()
        for tool in tools:
            chat.page.get_by_role("switch", name=tool).check(force=True)
        chat.ask(question)
        chat.page.wait_for_url("**/conversations/*/")
        return chat

    return come


def call(chat, name):
    return chat.reply.locator(f'.step-call[data-name="{name}"]')


def in_state(chat, name, state):
    expect(call(chat, name)).to_have_attribute("data-state", state, timeout=15_000)
    return chat


def open_gate(product, name, answer="opened"):
    (product.data / "gates" / name).write_text(answer)


def sent(product):
    """What the tool with an effect has done."""
    place = product.data / "sent"
    return place.read_text() if place.exists() else ""


def test_what_was_streamed_stands_there_after_a_reload_in_each_state_of_a_call(tooled, come):
    before = sent(tooled)
    alice = come(
        'Think, then calculate 2+3 and use hold {"name": "a"} and use hold {"name": "b"} ' + ASKING, "send"
    )

    def reloaded():
        streamed = alice.page.evaluate(SHOWN)
        alice.page.reload()
        assert alice.page.evaluate(SHOWN) == streamed

    in_state(alice, "calculator", "done")
    in_state(alice, "send", "asking")
    expect(call(alice, "hold").first).to_have_attribute("data-state", "running")
    reloaded()
    open_gate(tooled, "a", "failed: no such letter")
    expect(call(alice, "hold").first).to_have_attribute("data-state", "failed")
    reloaded()
    open_gate(tooled, "b", "<img src=x onerror=alert(1)>")
    expect(call(alice, "hold").last).to_have_attribute("data-state", "done")
    alice.reply.get_by_role("button", name="Deny").click()
    alice.wait_for("complete")
    alice.wait_for_footer()
    assert "<img src=x onerror=alert(1)>" in call(alice, "hold").last.locator(".step-result").text_content()
    assert call(alice, "send").get_attribute("data-state") == "denied"
    assert sent(tooled) == before
    reloaded()
    assert violations(alice.page) == []


def test_arguments_grow_as_they_are_written_and_reloads_take_none_of_them_twice(come):
    alice = in_state(come(WRITING, "note"), "note", "writing")
    call(alice, "note").locator("summary").click()
    written = call(alice, "note").locator(".step-arguments")
    expect(written).to_contain_text("the music")
    before = written.text_content()
    alice.page.reload()
    in_state(alice, "note", "writing")
    assert written.text_content().startswith(before)
    in_state(alice, "note", "asking")
    assert written.text_content() == f'{{\n  "text": "{LETTER}"\n}}'
    alice.stop.click()
    alice.wait_for("stopped")


def test_what_comes_while_a_message_is_fetched_is_placed_once(tooled, come):
    """As over a slow line: the frames of half a second come in while each message is on its way."""

    def late(route):
        answer = route.fetch()
        route.request.frame.page.wait_for_timeout(500)
        route.fulfill(response=answer)

    alice = come("Hello")
    alice.wait_for("complete")
    alice.page.route(re.compile(r"/messages/[^/]+/$"), late)
    alice.ask("Please think, then calculate 2+3")
    expect(alice.replies).to_have_count(2)
    alice.wait_for("complete")
    alice.wait_for_footer()
    streamed = alice.page.evaluate(SHOWN)
    assert alice.text == read(Ledger(tooled.address).turn(alice.turn).text)
    alice.page.unroute_all(behavior="wait")
    alice.page.reload()
    assert alice.page.evaluate(SHOWN) == streamed


def test_a_thought_that_somebody_opened_stays_open_as_it_grows_and_when_it_ends(come):
    alice = come("Please think, then calculate 2+3")
    thought = alice.reply.locator(".step-thought")
    expect(thought).to_have_attribute("data-state", "running")
    expect(thought).not_to_have_attribute("open", "")
    thought.locator("summary").click()
    expect(thought.locator(".step-words")).to_contain_text("The person asks")
    expect(thought.get_by_text(re.compile(r"^Thought for (\d+ s|a moment)$"))).to_be_visible()
    expect(thought.locator(".step-words")).to_contain_text(re.compile(r"as I do now\.$"))
    alice.wait_for("complete")
    alice.wait_for_footer()
    expect(thought).to_have_attribute("open", "")
    streamed = alice.page.evaluate(SHOWN)
    alice.page.reload()
    assert alice.page.evaluate(SHOWN) == streamed
    expect(thought).not_to_have_attribute("open", "")


def test_what_asks_is_heard_and_allowed_from_another_tab_by_keyboard(tooled, come, enter):
    before = sent(tooled)
    alice = in_state(come(ASKING, "send"), "send", "asking")
    expect(alice.page.locator("#announcer")).to_have_text("The model asks to run send.")
    question = alice.reply.get_by_role("form", name="The model wants to run send")
    action = question.get_attribute("action")
    other = enter(tooled, "alice")
    other.page.goto(alice.page.url)
    other.reply.get_by_role("button", name="Allow", exact=True).focus()
    other.page.keyboard.press("Enter")
    in_state(alice, "send", "done")
    in_state(other, "send", "done")
    expect(call(other, "send").locator("summary")).to_be_focused()
    alice.wait_for("complete")
    late = {
        "decision": "deny",
        "csrfmiddlewaretoken": alice.page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
    }
    answer = alice.page.request.post(f"{tooled.url}{action}", form=late, headers={"Referer": tooled.url})
    assert (answer.status, "This is decided already" in answer.text()) == (409, True)
    assert sent(tooled) == f"{before}bob\n"


def test_without_javascript_a_call_is_allowed_from_now_on_and_asks_no_more(come):
    alice = come('use note {"text": "milk"}', "note", anew=True, java_script_enabled=False)
    alice.reply.get_by_role("button", name="Allow from now on").click(timeout=15_000)
    alice.wait_for("complete")
    expect(call(alice, "note")).to_have_attribute("data-state", "done")
    again = come('use note {"text": "bread"}', "note")
    in_state(again, "note", "done")


def test_the_tools_of_a_conversation_are_switched_off_in_its_settings(come):
    alice = come("calculate 2+3")
    in_state(alice, "calculator", "done").wait_for("complete")
    alice.page.get_by_role("link", name="Settings of this conversation").click()
    alice.page.get_by_role("switch", name="calculator").uncheck(force=True)
    alice.page.get_by_role("button", name="Save", exact=True).click()
    alice.ask("calculate 2+4")
    expect(alice.replies).to_have_count(2)
    alice.wait_for_text(20)
    assert alice.reply.locator(".step").count() == 0
    alice.stop.click()
    alice.wait_for("stopped")


def in_each_state(tooled, come, gate):
    """A conversation whose call is being written, one whose call asks, and one whose call runs."""
    asking = in_state(come(ASKING, "send"), "send", "asking")
    running = in_state(come(f'use hold {{"name": "{gate}"}}'), "hold", "running")
    return in_state(come(WRITING, "note"), "note", "writing"), asking, running


def test_a_stop_in_each_state_leaves_nothing_that_asks_or_runs(tooled, come):
    writing, asking, running = in_each_state(tooled, come, "never")
    for chat in (writing, asking, running):
        chat.stop.click()
    for chat in (writing, asking, running):
        chat.wait_for("stopped")
        expect(chat.reply.locator(".step-ask")).to_have_count(0)
        expect(chat.reply.get_by_role("button", name="Regenerate")).to_be_visible()
        state = chat.reply.locator(".step-call").get_attribute("data-state")
        assert state in {"dropped", "denied", "failed", "unknown"}, state


def test_a_kill_in_each_state_ends_the_reply_and_it_can_be_continued(tooled, come):
    writing, asking, running = in_each_state(tooled, come, "later")
    for chat in (writing, asking, running):
        chat.expects("Failed to load resource|WebSocket connection to|net::ERR")
    before = sent(tooled)
    tooled.restart()
    for chat in (writing, asking, running):
        chat.wait_for("interrupted", 30)
        chat.reply.get_by_role("button", name="Continue").click()
    open_gate(tooled, "later")
    in_state(asking, "send", "asking").reply.get_by_role("button", name="Allow", exact=True).click()
    for chat in (writing, asking, running):
        chat.wait_for("complete", 30)
    assert sent(tooled) == f"{before}bob\n"


def test_steps_fit_a_phone_from_right_to_left(come):
    alice = in_state(come("Think, then calculate 2+3 " + ASKING, "send", **PHONE), "send", "asking")
    alice.page.set_extra_http_headers({"Accept-Language": "ar"})
    alice.page.reload()
    for step in alice.reply.locator("summary.step-line").all():
        step.click()
    for width in (390, 320):
        alice.page.set_viewport_size({"width": width, "height": 844})
        assert alice.page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(alice.page) == []
