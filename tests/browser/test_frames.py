"""What the page does with each frame, and with each way in which a connection ends. The test plays the server."""

import json
import re
import time

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.chat import HOME

TRANSCRIPT = re.compile(r"/conversations/[0-9a-f-]{36}/(\?from=[^/]+)?$")
REFUSED = r"Failed to load resource|WebSocket connection to"


class Server:
    """The other end of the page's sockets."""

    def __init__(self, page):
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile(r"/ws/conversations/"), self._opened)

    def _opened(self, socket):
        self.sockets.append(socket)
        self.cursor = socket.url.split("after=")[1].replace("%3A", ":")
        socket.send(json.dumps({"type": "heartbeat", "cursor": self.cursor}))

    def wait_for_sockets(self, count):
        deadline = time.monotonic() + 5
        while len(self.sockets) < count and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        assert len(self.sockets) == count

    def say(self, kind, *, step=1, **what):
        epoch, offset = self.cursor.rsplit(":", 1)
        self.cursor = f"{epoch}:{int(offset) + step}"
        self.sockets[-1].send(json.dumps({"type": kind, "cursor": self.cursor, **what}))


def asks_for_transcript(request):
    return request.headers.get("hx-request") == "true" and bool(TRANSCRIPT.search(request.url))


@pytest.fixture
def alice(silent, enter):
    alice = enter(silent, "alice")
    alice.server = Server(alice.page)
    alice.begin("Hello")
    alice.page.wait_for_function("() => 'ready' in document.documentElement.dataset")
    yield alice
    alice.page.request.post(
        f"{silent.url}/turns/{alice.turn}/stop/",
        headers={"X-CSRFToken": alice.page.locator("[name=csrfmiddlewaretoken]").first.input_value()},
    )


def test_deltas_are_appended_to_one_text_and_move_the_cursor(alice):
    for text in ("One ", "two ", "three"):
        alice.server.say("delta", turn=alice.turn, text=text)
    expect(alice.reply.locator(".message-text")).to_have_text("One two three")
    assert alice.page.evaluate("document.querySelector('[data-turn] .message-text').children.length") == 1
    assert alice.page.locator("[data-cursor]").get_attribute("data-cursor") == alice.server.cursor


def test_a_frame_that_came_before_is_ignored(alice):
    alice.server.say("delta", turn=alice.turn, text="once ")
    alice.server.say("delta", step=0, turn=alice.turn, text="twice ")
    alice.server.say("delta", step=-1, turn=alice.turn, text="thrice ")
    alice.server.say("heartbeat", step=1)
    alice.server.say("delta", turn=alice.turn, text="and on")
    expect(alice.reply.locator(".message-text")).to_have_text("once and on")


def test_text_keeps_its_lines_its_line_separators_and_its_markup(alice):
    said = "a\r\nb\u2028c <b onclick=x>&amp;\x00</b>\ttab"
    alice.server.say("delta", turn=alice.turn, text=said)
    shown = "a\nb\u2028c <b onclick=x>&\ufffd</b>\ttab"
    expect(alice.reply.locator(".message-text")).to_contain_text("\ttab")
    assert alice.text.rstrip("\n") == shown
    assert alice.reply.locator(".message-text b").count() == 0


def test_when_the_models_server_asks_to_wait_the_seconds_are_counted_down(alice):
    alice.server.say("turn.waiting", turn=alice.turn, reason="rate_limited", seconds=4)
    expect(alice.reply.get_by_text(re.compile(r"is busy\. Trying again in [34] s"))).to_be_visible()
    expect(alice.reply.get_by_text("Trying again in 2 s")).to_be_visible()
    alice.server.say("delta", turn=alice.turn, text="Here")
    expect(alice.reply.get_by_text("Trying again")).to_be_hidden()


def test_whoever_waits_in_line_is_told_how_many_are_before_them(alice):
    alice.reply.evaluate("(article) => { article.dataset.status = 'queued'; }")
    alice.server.say("turn.waiting", turn=alice.turn, reason="line", seconds=0, before=2)
    expect(alice.reply.get_by_text("is busy: 2 before you.")).to_be_visible()
    alice.server.say("turn.waiting", turn=alice.turn, reason="line", seconds=0, before=0)
    expect(alice.reply.get_by_text("is busy: you are next.")).to_be_visible()
    alice.server.say("turn.started", turn=alice.turn, message="x", parent=None)
    expect(alice.reply.get_by_text("is busy")).to_be_hidden()


@pytest.mark.parametrize(
    "frame",
    [
        {"kind": "message.changed", "message": "x"},
        {"kind": "turn.started", "turn": "unheard-of", "message": "x", "parent": None},
        {"kind": "delta", "turn": "unheard-of", "text": "?"},
    ],
    ids=lambda frame: frame["kind"],
)
def test_what_the_page_cannot_place_makes_it_fetch_the_transcript(alice, frame):
    with alice.page.expect_request(asks_for_transcript) as fetched:
        alice.server.say(**frame)
    assert fetched.value.headers["hx-request"] == "true"
    expect(alice.reply.locator(".message-text")).to_have_text("")


def test_text_of_which_a_part_is_in_a_fetched_message_already_is_not_appended_to_it(alice):
    """Frames merge what waits, and a message that is fetched meanwhile may have half of it."""
    epoch, offset = alice.server.cursor.rsplit(":", 1)
    held = []

    def answer(route):
        held.append(len(held))
        at, text = [(int(offset) + 3, "One two"), (int(offset) + 5, "One two three")][min(len(held), 2) - 1]
        page = route.fetch().text()
        page = re.sub(r' data-at="[^"]*"', "", page).replace(
            "<article ", f'<article data-at="{epoch}:{at}" ', 1
        )
        source = re.compile(r'(<data [^>]*value=")[^"]*(")')
        assert source.search(page), page
        page = source.sub(rf'\g<1>"{text}"\g<2>'.replace(f'"{text}"', f"&quot;{text}&quot;"), page)
        page = re.sub(r'(class="message-text"[^>]*>)', rf"\g<1><p>{text}</p>", page, count=1)
        route.fulfill(body=page, content_type="text/html")

    alice.page.route(re.compile(r"/messages/[^/]+/$"), answer)
    alice.server.say("tool.result", step=1, turn=alice.turn, call="c", status="done")
    expect(alice.reply.locator(".message-text")).to_have_text("One two")
    alice.server.say("delta", step=3, turn=alice.turn, text=" two thr")
    alice.server.say("delta", step=1, turn=alice.turn, text="ee")
    alice.server.say("delta", step=1, turn=alice.turn, text=" four")
    expect(alice.reply.locator(".message-text")).to_have_text("One two three four")
    assert len(held) == 2


def test_frames_of_a_later_version_are_no_trouble(alice):
    alice.server.say("of.a.later.version", turn=alice.turn)
    alice.server.say("delta", turn=alice.turn, text="On it goes")
    expect(alice.reply.locator(".message-text")).to_have_text("On it goes")


@pytest.mark.parametrize(
    "wake",
    [
        "dispatchEvent(new Event('online'))",
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))",
        """() => {
            const show = (state) => {
                Object.defineProperty(document, "hidden", {value: state === "hidden", configurable: true});
                document.dispatchEvent(new Event("visibilitychange"));
            };
            show("hidden");
            const now = Date.now;
            Date.now = () => now() + 60_000;
            show("visible");
        }""",
    ],
    ids=["online", "pageshow", "visible"],
)
def test_c4_after_a_sleep_the_page_connects_anew_at_once(alice, wake):
    alice.page.evaluate(wake)
    alice.server.wait_for_sockets(2)
    alice.server.say("delta", turn=alice.turn, text="Awake")
    expect(alice.reply.locator(".message-text")).to_have_text("Awake")


@pytest.mark.parametrize(("chance", "earliest", "latest"), [(0, 0, 1.6), (0.9, 1.7, 5)])
def test_those_who_are_reset_together_do_not_all_ask_at_once(alice, chance, earliest, latest):
    """Each waits for as long as chance has it, and loses nothing that comes meanwhile."""
    alice.page.evaluate("chance => { Math.random = () => chance }", chance)
    began = time.monotonic()
    with alice.page.expect_request(asks_for_transcript):
        alice.server.say("reset")
        alice.server.say("delta", turn=alice.turn, text="meanwhile")
    assert earliest <= time.monotonic() - began < latest
    alice.server.wait_for_sockets(2)


def test_a_reset_fetches_the_transcript_and_follows_from_its_cursor(alice):
    alice.server.say("delta", turn=alice.turn, text="of a history that is lost")
    alice.wait_for_text()
    with alice.page.expect_request(asks_for_transcript):
        alice.server.say("reset")
    expect(alice.reply.locator(".message-text")).to_have_text("")
    alice.server.wait_for_sockets(2)


@pytest.mark.parametrize("code", [4408, 4012, 4400, 1000])
def test_a_connection_that_ends_is_resumed_from_the_cursor(alice, code):
    alice.expects(REFUSED)
    alice.server.say("delta", turn=alice.turn, text="One ")
    alice.wait_for_text()
    alice.server.sockets[-1].close(code=code)
    alice.server.wait_for_sockets(2)
    alice.server.say("delta", turn=alice.turn, text="two")
    expect(alice.reply.locator(".message-text")).to_have_text("One two")


def test_too_many_windows_fall_back_to_long_polls(alice):
    with alice.page.expect_request(lambda request: "/events/poll/?" in request.url):
        alice.server.sockets[-1].close(code=4429)


def test_a_conversation_that_is_gone_leads_home_with_a_word(alice):
    turn = alice.turn
    alice.server.sockets[-1].close(code=4404)
    alice.page.wait_for_url(HOME)
    expect(alice.page.get_by_text("This conversation was deleted.")).to_be_visible()
    alice.page.go_back()
    assert alice.turn == turn


def test_signed_out_by_the_socket_but_not_by_the_session_goes_on_without_a_word(alice):
    alice.server.sockets[-1].close(code=4401)
    alice.server.wait_for_sockets(2)
    expect(alice.page.get_by_role("dialog")).to_have_count(0)
