"""The message box: nothing that was typed is lost, nothing is sent twice."""

from playwright.sync_api import Route, expect

from tests.browser.chat import HOME
from tests.product import PASSWORD

REFUSED = "the server responded with a status of|Response Status Error"
LOST = "net::ERR_|Failed to load resource"


def test_enter_sends_and_shift_enter_breaks_the_line(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    expect(alice.box).to_be_focused()
    alice.page.keyboard.type("one")
    alice.page.keyboard.press("Shift+Enter")
    alice.page.keyboard.type("two")
    alice.page.keyboard.press("Enter")
    alice.page.wait_for_url("**/conversations/*/")
    assert alice.sees()[0]["text"] == "one\ntwo"


def test_enter_that_ends_a_composition_does_not_send(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    alice.box.fill("日本")
    for how in ({"isComposing": True}, {"keyCode": 229}):
        alice.box.evaluate(
            "(box, how) => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ...how}))",
            how,
        )
    expect(alice.box).to_have_value("日本")
    assert alice.page.url.endswith("/")


def test_an_example_is_one_press_away_from_its_answer(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    example = alice.page.get_by_role("group", name="Examples").get_by_role("button").first
    example.click()
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete")


def test_pressing_twice_asks_once(site, enter, ledger):
    alice = enter(site, "alice").begin("Hello")
    alice.wait_for_text()
    alice.stop.click()
    alice.wait_for("stopped")
    alice.box.fill("Only once")
    alice.send.evaluate("button => { button.click(); button.click(); button.form.requestSubmit(button); }")
    expect(alice.replies).to_have_count(2)
    expect(alice.box).to_have_value("")
    assert len(ledger.turns(alice.conversation)) == 2


def test_c6_a_lost_answer_and_a_second_try_make_one_turn(site, enter, ledger):
    alice = enter(site, "alice").begin("Hello")
    alice.expects(LOST)
    alice.wait_for_text()
    alice.stop.click()
    alice.wait_for("stopped")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    alice.page.route("**/messages/", lose, times=1)
    alice.ask("Did this arrive?")
    expect(alice.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(alice.box).to_have_value("Did this arrive?")
    expect(alice.stop).to_be_visible()
    alice.stop.click()
    alice.wait_for("stopped")
    alice.send.click()
    expect(alice.box).to_have_value("")
    assert len(ledger.turns(alice.conversation)) == 2
    assert [seen["text"] for seen in alice.sees() if seen["role"] == "user"] == ["Hello", "Did this arrive?"]


def test_what_is_too_long_is_counted_said_and_kept_and_never_sent(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    posts = []
    alice.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    # What is two units to the browser is one character to everybody else.
    alice.box.fill("😀" * 150_000)
    expect(alice.page.locator("#composer-count")).to_have_text("150,000 of 200,000 characters")
    too_long = "x" * 200_005
    alice.ask(too_long)
    expect(alice.page.get_by_role("alert")).to_contain_text("too long by 5 characters")
    expect(alice.box).to_have_value(too_long)
    assert posts == []


def test_a_refused_message_stays_in_the_box_with_the_reason_beside_it(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    refusal = {"status": 422, "headers": {"Content-Type": "text/plain"}, "body": "This cannot be sent."}
    alice.page.route("**/messages/", lambda route: route.fulfill(**refusal), times=1)
    alice.ask("Not this")
    expect(alice.page.get_by_role("alert")).to_contain_text("This cannot be sent.")
    expect(alice.box).to_have_value("Not this")


def test_an_error_of_the_server_keeps_the_text(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    alice.page.route("**/messages/", lambda route: route.fulfill(status=500, body="oops"), times=1)
    alice.ask("Keep this")
    expect(alice.page.get_by_role("alert")).to_be_visible()
    expect(alice.box).to_have_value("Keep this")
    alice.send.click()
    expect(alice.box).to_have_value("")
    expect(alice.replies).to_have_count(2)


def test_when_to_try_again_is_counted_down(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    busy = {"status": 429, "headers": {"Retry-After": "2", "Content-Type": "text/plain"}, "body": "Too much."}
    alice.page.route("**/messages/", lambda route: route.fulfill(**busy), times=1)
    alice.ask("Now?")
    expect(alice.page.get_by_role("alert")).to_contain_text("Too much. Try again in 2 s.")
    expect(alice.page.get_by_role("alert")).to_contain_text("You can send this again now.")
    expect(alice.box).to_have_value("Now?")


def test_a_draft_survives_leaving_and_belongs_to_its_conversation(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    here = alice.page.url
    alice.box.fill("half a thou")
    alice.page.goto("/")
    expect(alice.box).to_have_value("")
    alice.page.goto(here)
    expect(alice.box).to_have_value("half a thou")
    alice.send.click()
    expect(alice.box).to_have_value("")
    alice.page.reload()
    expect(alice.box).to_have_value("")


def test_one_can_go_on_typing_while_a_reply_runs(site, enter):
    alice = enter(site, "alice").begin("Compare SQLite and PostgreSQL.")
    alice.wait_for_text()
    alice.box.press_sequentially("And then")
    alice.page.keyboard.press("Enter")
    expect(alice.box).to_have_value("And then")
    expect(alice.replies).to_have_count(1)
    alice.stop.click()
    alice.wait_for("stopped")
    expect(alice.box).to_have_value("And then")
    alice.send.click()
    expect(alice.replies).to_have_count(2)


def test_c18_a_token_that_another_sign_in_made_stale_is_renewed_unseen(quick, enter):
    alice = enter(quick, "alice", anew=True).begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    alice.wait_until_quiet()
    # Another tab of the same browser signs in again: session and token are new, the page's are not.
    tab = alice.page.context.new_page()
    tab.context.clear_cookies()
    tab.goto("/accounts/login/")
    tab.get_by_label("Name").fill("alice")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(HOME)
    alice.ask("Still me")
    expect(alice.replies).to_have_count(2)
    expect(alice.box).to_have_value("")
    expect(alice.page.get_by_role("dialog")).to_have_count(0)


def test_signed_out_meanwhile_one_signs_in_again_in_place_and_the_message_goes_out(quick, enter):
    alice = enter(quick, "alice", anew=True).begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    alice.wait_until_quiet()
    alice.page.context.clear_cookies()
    alice.ask("Where was I?")
    dialog = alice.page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password").fill("not my password at all")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(alice.replies).to_have_count(2)
    expect(alice.box).to_have_value("")
    alice.wait_for("complete")


def test_signed_in_again_in_another_window_the_question_for_the_password_goes_away(quick, enter):
    alice = enter(quick, "alice", anew=True).begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    alice.wait_until_quiet()
    alice.page.context.clear_cookies()
    alice.ask("Where was I?")
    dialog = alice.page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    other = enter(quick, "alice", anew=True)
    alice.page.context.add_cookies(other.page.context.cookies())
    alice.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(dialog).to_be_hidden()
    expect(alice.replies).to_have_count(2)


def test_c16_a_page_left_open_after_signing_out_elsewhere_asks_for_the_password(quick, enter):
    alice = enter(quick, "alice", anew=True).begin("Hello")
    alice.wait_for("complete")
    alice.expects(REFUSED)
    alice.box.fill("a draft")
    tab = alice.page.context.new_page()
    tab.goto("/")
    tab.locator(".sidebar-account").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/accounts/login/**")
    dialog = alice.page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible(timeout=8000)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(alice.box).to_have_value("a draft")
    alice.send.click()
    expect(alice.replies).to_have_count(2)


def test_a_million_characters_are_pasted_without_a_hang(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    seconds = alice.page.evaluate(
        """async () => {
            const box = document.getElementById("text");
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "All work and no play. ".repeat(50_000));
            const began = performance.now();
            box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
            box.value = clipboardData.getData("text/plain");
            box.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return (performance.now() - began) / 1000;
        }"""
    )
    expect(alice.page.locator("#composer-count")).to_contain_text("1,100,000 of")
    assert seconds < 5
    alice.send.click()
    expect(alice.page.get_by_role("alert")).to_contain_text("too long by 900,000 characters")
    assert alice.box.input_value().startswith("All work")


def test_where_enter_breaks_the_line_control_and_enter_send(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    alice.page.evaluate("document.documentElement.dataset.sendKey = 'ctrl-enter'")
    alice.box.press_sequentially("one")
    alice.page.keyboard.press("Enter")
    alice.page.keyboard.type("two")
    alice.page.keyboard.press("Control+Enter")
    alice.page.wait_for_url("**/conversations/*/")
    assert alice.sees()[0]["text"] == "one\ntwo"


def test_what_is_quoted_comes_before_the_caret_as_a_quotation(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    quote = "text => document.dispatchEvent(new CustomEvent('rivulet:quote', { detail: { text } }))"
    alice.page.evaluate(quote, "one\ntwo")
    expect(alice.box).to_be_focused()
    alice.page.keyboard.type("Why?")
    expect(alice.box).to_have_value("> one\n> two\n\nWhy?")
    alice.page.evaluate(quote, "three")
    expect(alice.box).to_have_value("> one\n> two\n\nWhy?\n\n> three\n\n")


def test_the_upward_arrow_in_an_empty_box_asks_to_edit_the_last_question(quick, enter):
    alice = enter(quick, "alice")
    alice.page.goto("/")
    alice.page.evaluate(
        "document.addEventListener('rivulet:edit-last', () => (window.asked = (window.asked ?? 0) + 1))"
    )
    alice.box.press_sequentially("x")
    alice.page.keyboard.press("ArrowUp")
    alice.box.fill("")
    alice.page.keyboard.press("ArrowUp")
    assert alice.page.evaluate("window.asked") == 1
