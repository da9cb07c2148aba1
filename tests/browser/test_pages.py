"""The page around the conversation: keyboard, phone, motion, themes, titles."""

import pytest
from playwright.sync_api import expect

from tests.browser.chat import LONG
from tests.browser.conftest import PHONE
from tests.ledger import Ledger

REFUSED = r"Failed to load resource"


def test_everything_can_be_done_with_the_keyboard_alone(site, enter):
    alice = enter(site, "alice")
    keys = alice.page.keyboard
    alice.page.goto("/")
    keys.type(LONG)
    keys.press("Enter")
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for_text()
    alice.page.get_by_role("link", name="Skip to the message box").focus()
    keys.press("Enter")
    expect(alice.box).to_be_focused()
    keys.press("Tab")
    expect(alice.page.locator("summary", has_text="Saved prompts")).to_be_focused()
    keys.press("Tab")
    expect(alice.stop).to_be_focused()
    alice.wait_for_text(len(alice.text) + 30)
    expect(alice.stop).to_be_focused()
    keys.press("Enter")
    alice.wait_for("stopped")
    expect(alice.box).to_be_focused()
    alice.wait_for_footer()
    passed = []
    while "Continue" not in passed and len(passed) < 20:
        keys.press("Shift+Tab")
        passed.append(alice.page.evaluate("document.activeElement.textContent.trim()"))
    assert {"CopiedCopy", "Regenerate", "Continue"} <= set(passed), passed
    keys.press("Enter")
    alice.wait_for_text(len(alice.text))
    expect(alice.stop).to_be_visible()
    keys.press("Control+Shift+S")
    expect(alice.page.get_by_role("navigation", name="Conversations")).to_be_hidden()
    keys.press("Control+Shift+S")
    expect(alice.page.get_by_role("navigation", name="Conversations")).to_be_visible()
    alice.stop.press("Enter")
    alice.wait_for("stopped")


def test_a_collapsed_sidebar_stays_collapsed(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    alice.page.get_by_role("button", name="Sidebar", exact=True).click()
    alice.page.reload()
    expect(alice.page.get_by_role("navigation", name="Conversations")).to_be_hidden()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["collapsed", "phone"])
def test_without_a_sidebar_the_page_is_as_wide_as_the_window(silent, enter, options):
    alice = enter(silent, "alice", **options).begin("Hi")
    if not options:
        alice.page.keyboard.press("Control+Shift+S")
    window, page = "innerWidth", "document.querySelector('.page').getBoundingClientRect().width"
    assert alice.page.evaluate(page) == alice.page.evaluate(window)
    alice.stop.click()
    alice.wait_for("stopped")


def test_on_a_phone_the_sidebar_is_a_drawer_that_escape_and_the_scrim_close(quick, enter):
    alice = enter(quick, "alice", **PHONE)
    alice.page.goto("/")
    drawer = alice.page.get_by_role("navigation", name="Conversations")
    toggle = alice.page.get_by_role("button", name="Sidebar", exact=True)
    expect(drawer).to_be_hidden()
    toggle.tap()
    expect(drawer).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(toggle).to_be_focused()
    toggle.tap()
    alice.page.get_by_role("button", name="Close the sidebar").tap(position={"x": 370, "y": 400})
    expect(drawer).to_be_hidden()


@pytest.mark.parametrize(("start", "end", "opens"), [(5, 160, True), (120, 300, False)])
def test_on_a_phone_a_swipe_from_the_edge_opens_the_drawer(quick, enter, start, end, opens):
    alice = enter(quick, "alice", **PHONE)
    alice.page.goto("/")
    alice.page.evaluate(
        """([start, end]) => {
            const touch = (x) => new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
            const send = (type, x) => document.body.dispatchEvent(new TouchEvent(type, {
                bubbles: true, touches: type === "touchend" ? [] : [touch(x)], changedTouches: [touch(x)]}));
            send("touchstart", start);
            send("touchend", end);
        }""",
        [start, end],
    )
    drawer = alice.page.get_by_role("navigation", name="Conversations")
    expect(drawer).to_be_visible() if opens else expect(drawer).to_be_hidden()


def test_on_a_phone_everything_that_is_pressed_is_44_pixels_high(quick, enter):
    alice = enter(quick, "alice", **PHONE).begin("Hello")
    alice.wait_for("complete")
    alice.wait_for_footer()
    small = """() => [...document.querySelectorAll("a, button, select, summary, textarea, input")]
        .filter((element) => element.checkVisibility({visibilityProperty: true}))
        .filter((element) => element.type !== "hidden" && !element.closest("p, .skip, .theme"))
        .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])
        .filter(([, height]) => height > 1 && height < 44)"""
    assert alice.page.evaluate(small) == []


@pytest.mark.parametrize("path", ["/", "conversation", "/accounts/password/", "/nothing/"])
def test_nothing_scrolls_sideways_at_320_pixels(quick, enter, path):
    alice = enter(quick, "alice", viewport={"width": 320, "height": 640})
    if path == "conversation":
        alice.begin("x" * 400)
        alice.wait_for("complete")
    else:
        alice.expects(REFUSED)
        alice.page.goto(path)
    overflow = """() => [...document.querySelectorAll("*")]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .filter((element) => getComputedStyle(element).overflowX !== "hidden" && element.clientWidth > 1)
        .filter((element) => element.tagName !== "INPUT" && element.checkVisibility())
        .map((element) => element.outerHTML.slice(0, 100))"""
    assert alice.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert alice.page.evaluate(overflow) == []


def test_with_reduced_motion_nothing_moves(site, enter):
    alice = enter(site, "alice", reduced_motion="reduce").begin("Compare SQLite and PostgreSQL.")
    alice.wait_for_text()
    assert alice.page.evaluate("document.getAnimations().length") == 0
    alice.stop.click()
    alice.wait_for("stopped")


def test_a_chosen_theme_is_there_from_the_first_paint(quick, enter):
    alice = enter(quick, "alice", color_scheme="light")
    alice.page.goto("/")
    alice.page.locator(".sidebar-account").click()
    with alice.page.expect_response(lambda response: response.request.method == "POST"):
        alice.page.get_by_role("radio", name="Dark").check(force=True)
    ground = "getComputedStyle(document.documentElement).colorScheme"
    assert alice.page.evaluate(ground) == "dark"
    alice.page.reload(wait_until="commit")
    alice.page.wait_for_selector("body")
    assert alice.page.evaluate(ground) == "dark"


def test_the_view_follows_the_reply_until_one_turn_of_the_wheel(site, enter):
    alice = enter(site, "alice", viewport={"width": 900, "height": 420})
    alice.begin(LONG)
    distance = """() => {
        const {scrollHeight, scrollTop, clientHeight} = document.getElementById("scroller");
        return scrollHeight - scrollTop - clientHeight;
    }"""
    alice.wait_for_text(900)
    assert alice.page.evaluate(distance) <= 2
    alice.log.hover()
    place = "document.getElementById('scroller').scrollTop"
    end = alice.page.evaluate(place)
    alice.page.mouse.wheel(0, -60)
    alice.page.wait_for_function(f"() => {place} === {end - 60}")
    jump = alice.page.get_by_role("button", name="Jump to latest")
    expect(jump).to_be_visible()
    alice.wait_for_text(len(alice.text) + 200)
    assert alice.page.evaluate(place) == end - 60
    jump.click()
    expect(jump).to_be_hidden()
    assert alice.page.evaluate(distance) <= 2
    alice.stop.click()
    alice.wait_for("stopped")


def test_a_message_is_copied_as_it_is(quick, enter):
    alice = enter(quick, "alice", permissions=["clipboard-read", "clipboard-write"]).begin("Hello")
    alice.wait_for("complete")
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Copy", exact=True).click()
    expect(alice.reply.locator("use[href$='#check']")).to_be_attached()
    written = Ledger(quick.address).turn(alice.turn).text
    assert alice.page.evaluate("navigator.clipboard.readText()") == written


def test_a_phone_is_not_met_with_an_open_keyboard(quick, enter):
    alice = enter(quick, "alice", **PHONE)
    alice.page.goto("/")
    alice.page.wait_for_function("() => 'ready' in document.documentElement.dataset")
    expect(alice.box).not_to_be_focused()


def test_a_title_is_changed_where_it_stands(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    title = alice.page.get_by_role("textbox", name="Title")
    title.fill("Greetings")
    alice.page.keyboard.press("Enter")
    expect(alice.page).to_have_title("Greetings · Rivulet")
    expect(alice.page.locator(".sidebar-link[aria-current]")).to_have_text("Greetings")
    title.fill("Not this")
    alice.page.keyboard.press("Escape")
    expect(title).to_have_value("Greetings")
    alice.page.reload()
    expect(title).to_have_value("Greetings")


def test_deleting_asks_first_and_tells_the_other_window(quick, enter):
    alice = enter(quick, "alice").begin("Short-lived")
    alice.wait_for("complete")
    other = enter(quick, "alice")
    other.expects(REFUSED)
    other.page.goto(alice.page.url)
    alice.page.get_by_role("link", name="Delete").click()
    dialog = alice.page.get_by_role("dialog", name="Delete this conversation?")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    alice.page.get_by_role("link", name="Delete").click()
    dialog.get_by_role("button", name="Delete for good").click()
    alice.page.wait_for_url(f"{quick.url}/")
    other.page.wait_for_url(f"{quick.url}/")
    expect(other.page.get_by_text("This conversation was deleted.")).to_be_visible()
    expect(alice.page.get_by_role("link", name="Short-lived")).to_have_count(0)


def test_the_reply_is_read_aloud_in_sentences_and_its_end_is_said(site, enter):
    alice = enter(site, "alice")
    alice.page.add_init_script(
        """window.said = [];
        new MutationObserver((changes) => {
            const isSaid = changes.some(({target}) => target.id === "announcer");
            if (isSaid) window.said.push(document.getElementById("announcer").textContent);
        }).observe(document, {childList: true, subtree: true});"""
    )
    alice.begin("Hello")
    alice.wait_for("complete", 40)
    alice.page.wait_for_function("() => window.said.at(-1)?.endsWith('Reply complete.')")
    said = alice.page.evaluate("window.said")
    assert 2 <= len(said) <= 12
    assert alice.log.get_attribute("aria-live") == "off"


def test_a_failed_reply_says_why_and_offers_retry(start_product, enter):
    product = start_product(OPENAI_BASE_URL="http://127.0.0.1:9/v1", OPENAI_MODEL="nobody", TURN_RETRIES="0")
    bob = enter(product, "bob").begin("Is anybody there?")
    bob.wait_for("failed", 30)
    expect(bob.reply.locator(".outcome-failed")).to_contain_text("cannot be reached", ignore_case=True)
    expect(bob.reply.get_by_text("Details")).to_have_count(0)
    first = bob.turn
    bob.reply.get_by_role("button", name="Retry").click()
    expect(bob.reply).not_to_have_attribute("data-turn", first)
    bob.wait_for("failed", 30)
    assert len(Ledger(product.address).turns(bob.conversation)) == 2
    expect(bob.send).to_be_visible()
    bob.reply.get_by_text("Other model").click()
    bob.reply.locator(".menu-item").first.click()
    bob.wait_for("complete", 40)


def test_the_sidebar_shows_what_is_being_written_elsewhere(site, enter):
    bob = enter(site, "bob").begin(f"First of two. {LONG}")
    bob.wait_for_text()
    other = enter(site, "bob").begin(f"Second of two. {LONG}")
    expect(bob.page.locator(".sidebar-link", has_text="Second of two")).to_be_visible()
    for window in (bob, other):
        window.stop.click()
        window.wait_for("stopped")
    expect(bob.page.locator(".writing")).to_have_count(0)
