"""Branches, columns and thumbs in a browser: what is done in one window stands in the other as after a fresh load."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.messages.conftest import furnished

# What may differ: cursors, tokens and keys of forms, and what a person has opened.
TRANSCRIPT = """() => {
    const copy = document.getElementById("transcript").cloneNode(true);
    for (const name of ["data-cursor", "data-past"]) copy.removeAttribute(name);
    for (const each of copy.querySelectorAll("[data-at]")) each.removeAttribute("data-at");
    for (const input of copy.querySelectorAll("input[type=hidden]")) input.removeAttribute("value");
    for (const each of copy.querySelectorAll("[open], [class='']")) {
        each.removeAttribute("open");
        if (!each.className) each.removeAttribute("class");
    }
    return copy.outerHTML.replace(/\\s+/g, " ").replaceAll("> <", "><");
}"""


@pytest.fixture(scope="module")
def demo(template, tmp_path_factory):
    product = furnished(template, tmp_path_factory.mktemp("branches"), "400")
    yield product
    product.kill()


@pytest.fixture
def fresh(demo, enter):
    """What a third window sees that is opened now."""
    window = enter(demo, "alice")

    def look(chat: Chat) -> str:
        window.page.goto(chat.page.url)
        window.page.wait_for_selector("html[data-ready]")
        seen: str = window.page.evaluate(TRANSCRIPT)
        return seen

    return look


@pytest.fixture
def same(fresh):
    """Both windows stand as a fresh one does, without having been loaded again."""

    def check(*windows: Chat) -> None:
        wanted = fresh(windows[0])
        for window in windows:
            window.page.wait_for_function(f"(wanted) => ({TRANSCRIPT})() === wanted", arg=wanted)

    return check


@pytest.fixture
def two(demo, enter):
    """Alice in two windows of one conversation."""
    alice = enter(demo, "alice", permissions=["clipboard-read", "clipboard-write"]).begin("Hello")
    alice.wait_for("complete")
    other = enter(demo, "alice")
    other.page.goto(alice.page.url)
    return alice, other


def question(chat: Chat):
    return chat.page.locator('article[data-role="user"]').first


def test_editing_switching_and_regenerating_stand_in_the_other_window(two, same):
    alice, other = two
    question(alice).hover()
    question(alice).get_by_role("link", name="Edit").click()
    box = question(alice).get_by_role("textbox", name="Edit your message")
    expect(box).to_be_focused()
    box.fill("Hello, edited")
    box.press("Control+Enter")
    expect(question(other)).to_contain_text("Hello, edited")
    expect(question(other).get_by_text("2 / 2")).to_be_visible()
    alice.wait_for("complete")
    other.wait_for("complete")
    same(alice, other)

    question(alice).get_by_role("button", name="Previous branch").press("Enter")
    expect(question(other).get_by_text("1 / 2")).to_be_visible()
    expect(question(alice).get_by_role("button", name="Next branch")).to_be_focused()
    expect(alice.page.locator("#announcer")).to_have_text("Branch 1 of 2")
    same(alice, other)

    first = other.turn
    other.reply.hover()
    other.reply.locator('summary[title="Other model"]').click()
    other.reply.get_by_role("button", name="third").click()
    expect(alice.reply).not_to_have_attribute("data-turn", first)
    expect(alice.reply).to_have_attribute("data-model", "third")
    alice.wait_for("complete")
    other.wait_for("complete")
    same(alice, other)


def test_thumbs_comments_and_deleting_stand_in_the_other_window(two, same):
    alice, other = two
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Good reply").click()
    expect(other.reply.get_by_role("button", name="Good reply")).to_have_attribute("aria-pressed", "true")
    alice.reply.get_by_text("Say why").click()
    alice.reply.get_by_label("What was good about it?").fill("Short & <b>good</b>")
    alice.reply.get_by_role("button", name="Save").click()
    expect(other.reply.get_by_text("Your comment")).to_be_visible()
    same(other)

    alice.page.keyboard.press("Escape")
    alice.reply.locator('summary[title="More"]').click()
    alice.reply.get_by_role("link", name="Delete from here on").click()
    alice.page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(alice.page.get_by_role("dialog")).to_have_count(0)
    expect(other.replies).to_have_count(0)
    expect(other.page.get_by_text("This question has no answer.")).to_be_visible()
    same(alice, other)
    other.page.get_by_role("button", name="Answer it").click()
    alice.wait_for("complete")
    same(alice)


def test_two_answers_stream_side_by_side_and_one_is_kept(two, same):
    alice, other = two
    alice.page.locator("#models-button").click()
    alice.page.locator(".picker-compare").click()
    alice.page.get_by_role("option", name="second").click()
    alice.ask("Something very long, please.")
    columns = other.page.locator("[data-column]")
    expect(columns).to_have_count(2)
    for column in (0, 1):
        expect(columns.nth(column)).to_contain_text(re.compile(r"(\w+\W+){30}"))
    left, right = columns.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().toJSON())")
    assert left["top"] == right["top"]
    assert left["right"] < right["left"]
    other.stop.click()
    for window in (alice, other):
        for column in (0, 1):
            expect(window.page.locator("[data-column]").nth(column)).to_have_attribute(
                "data-status", "stopped"
            )
    same(alice, other)
    columns.nth(1).get_by_role("button", name="Keep this answer").click()
    expect(alice.page.locator("[data-column]")).to_have_count(0)
    expect(alice.reply).to_have_attribute("data-model", "second")
    same(alice, other)


def test_an_edit_is_taken_back_by_escape_and_kept_through_an_error(two):
    alice, other = two
    alice.expects("Failed to load resource")
    question(alice).hover()
    edit = question(alice).get_by_role("link", name="Edit")
    edit.click()
    box = question(alice).get_by_role("textbox", name="Edit your message")
    box.fill("Never mind")
    box.press("Escape")
    expect(box).to_have_count(0)
    expect(edit).to_be_focused()

    edit.press("Enter")
    expect(box).to_have_value("Hello")
    box.fill("Asked while another runs")
    # What happens elsewhere leaves the form alone.
    other.ask("Something very long, please.")
    expect(alice.replies).to_have_count(2)
    expect(box).to_have_value("Asked while another runs")
    box.press("Control+Enter")
    expect(question(alice).get_by_role("alert")).to_have_text(re.compile("A reply is still being written"))
    expect(box).to_have_value("Asked while another runs")
    alice.page.reload()
    question(alice).hover()
    edit.click()
    expect(box).to_have_value("Asked while another runs")
    other.stop.click()
    other.wait_for("stopped")
    box.press("Control+Enter")
    expect(question(alice)).to_contain_text("Asked while another runs")
    expect(alice.page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()


def test_a_reply_in_a_branch_that_is_not_shown_costs_the_page_little(demo, enter):
    """Its frames come in, and do not make the page fetch the transcript once each."""
    alice = enter(demo, "alice")
    frames: list[str] = []
    loads: list[str] = []
    alice.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame)))
    )
    alice.page.on("request", lambda request: "?from=" in request.url and loads.append(request.url))
    alice.begin("Something very long, please.")
    alice.wait_for_text(20)
    alice.stop.click()
    alice.wait_for("stopped")
    alice.reply.get_by_role("button", name="Regenerate").click()
    expect(alice.reply).to_have_attribute("data-status", "running")
    alice.page.get_by_role("button", name="Previous branch").click()
    expect(alice.page.get_by_text("1 / 2")).to_be_visible()
    expect(alice.send).to_be_visible()
    come, loaded = len(frames), len(loads)
    while len(frames) < come + 30:
        alice.page.evaluate("new Promise(requestAnimationFrame)")
    assert len(loads) - loaded <= 4
    alice.page.get_by_role("button", name="Next branch").click()
    expect(alice.stop).to_be_visible()
    alice.stop.click()
    alice.wait_for("stopped")


def test_copying_takes_the_markdown_or_what_is_read_and_says_so(two):
    alice, _ = two
    alice.ask("Plan a weekend")
    expect(alice.replies).to_have_count(2)
    alice.wait_for("complete")
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Copy", exact=True).click()
    expect(alice.reply.get_by_text("Copied")).to_be_visible()
    expect(alice.page.locator("#announcer")).to_have_text("Copied")
    copied = alice.page.evaluate("navigator.clipboard.readText()")
    assert "**demo**" in copied
    alice.reply.locator('summary[title="More"]').click()
    alice.reply.get_by_role("button", name="Copy as plain text").click()
    expect(alice.page.locator("#notice")).to_have_text("Copied")
    plain = alice.page.evaluate("navigator.clipboard.readText()")
    assert "demo" in plain
    assert "**" not in plain


def test_selected_words_are_quoted_by_pointer_and_by_keyboard(two):
    alice, _ = two
    button = alice.page.get_by_role("button", name="Quote")
    paragraph = alice.reply.locator(".message-text p").first
    paragraph.click(click_count=3)
    expect(button).to_be_visible()
    button.click()
    said = (paragraph.text_content() or "").strip()
    expect(alice.box).to_have_value(f"> {said}\n\n")
    expect(alice.box).to_be_focused()
    expect(button).to_have_count(0)
    alice.box.fill("")
    paragraph.click(click_count=3)
    expect(button).to_be_visible()
    for _ in range(10):
        alice.page.keyboard.press("Tab")
        if button.evaluate("(it) => it === document.activeElement"):
            break
    alice.page.keyboard.press("Enter")
    expect(alice.box).to_have_value(f"> {said}\n\n")
    paragraph.click()
    expect(button).to_have_count(0)
