"""How frames reach the page when the network is in the way."""

import random
import re

import pytest
from playwright.sync_api import WebSocket, expect

from tests.browser.chat import LONG
from tests.ledger import Ledger
from tests.product import Product
from tests.proxy import Proxy
from tests.reading import letters, read

# Of a conversation: pages without one have a stream of their own.
STREAM = "/conversations/.+/events/[?]"
LOST = r"WebSocket connection to|net::ERR_|Failed to load resource|htmx:"
SLOW = {"DEMO_TOKENS_PER_SECOND": "100"}


@pytest.fixture(scope="module")
def slow(template, tmp_path_factory):
    """A demo that writes for long enough to break things meanwhile."""
    with Product(template, tmp_path_factory.mktemp("slow"), **SLOW) as product:
        yield product


@pytest.mark.parametrize(
    ("wall", "transport"),
    [
        ({"upgrade": 403}, "/events/?"),
        ({"upgrade": 426}, "/events/?"),
        ({"upgrade": "hang"}, "/events/?"),
        ({"upgrade": "hang", "buffered": True}, "/events/poll/?"),
    ],
    ids=["refused", "upgrade-required", "swallowed", "buffered"],
)
def test_c19_c20_where_one_transport_is_blocked_the_next_one_is_there_within_three_seconds(
    slow, enter, wall, transport
):
    with Proxy(slow.port, **wall) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}")
        alice.expects(LOST)
        with alice.page.expect_request(lambda request: transport in request.url, timeout=15_000):
            alice.begin(LONG)
        shown = len(alice.text)
        alice.page.wait_for_function(
            "(shown) => document.querySelector('[data-turn] .message-text').textContent.length > shown",
            arg=shown,
            timeout=3000,
        )
        alice.stop.click()
        alice.wait_for("stopped")
        assert alice.text == read(Ledger(slow.address).turn(alice.turn).text)


def test_transports_change_in_the_middle_of_a_reply_and_each_character_comes_once(slow, enter):
    """WebSocket, cut; then event stream, since sockets are refused; then a socket again, after a reload."""
    with Proxy(slow.port) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}").begin(LONG)
        alice.expects(LOST)
        alice.wait_for_text(50)
        proxy.upgrade = 403
        with alice.page.expect_request(lambda request: "/events/?" in request.url, timeout=5000):
            proxy.cut()
        alice.wait_for_text(len(alice.text) + 100)
        proxy.buffered = True
        with alice.page.expect_request(lambda request: "/events/poll/?" in request.url, timeout=8000):
            proxy.cut()
        alice.wait_for_text(len(alice.text) + 100)
        proxy.upgrade, proxy.buffered = "pass", False
        with alice.page.expect_websocket():
            alice.page.reload()
        alice.wait_for_text(len(alice.text) + 100)
        alice.stop.click()
        alice.wait_for("stopped")
        assert alice.text == read(Ledger(slow.address).turn(alice.turn).text)


def test_whatever_happens_to_the_connection_the_text_is_that_of_the_log(slow, enter):
    """Cuts, resets, stalls, changed walls and fetched transcripts, at random moments of one reply."""
    dice = random.Random(3)
    with Proxy(slow.port) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}")
        alice.expects(LOST)
        alice.begin(LONG).wait_for_text(20)
        ways = [
            proxy.cut,
            proxy.reset,
            proxy.pause,
            proxy.resume,
            lambda: setattr(proxy, "upgrade", dice.choice(["pass", 403])),
            lambda: setattr(proxy, "buffered", dice.choice([True, False])),
            lambda: alice.page.evaluate("document.dispatchEvent(new Event('rivulet:changed'))"),
            lambda: alice.page.evaluate("dispatchEvent(new Event('online'))"),
        ]
        seen = []
        for _ in range(60):
            dice.choice(ways)()
            alice.page.wait_for_timeout(dice.uniform(0, 250))
            seen.append(alice.text)
        proxy.resume()
        proxy.upgrade, proxy.buffered = "pass", False
        proxy.cut()
        alice.wait_for_text(len(seen[-1]) + 100)
        alice.stop.click()
        alice.wait_for("stopped")
        whole = read(Ledger(slow.address).turn(alice.turn).text)
        assert alice.text == whole
        assert all(letters(whole).startswith(letters(text)) for text in seen)
        lengths = [len(letters(text)) for text in seen]
        assert lengths == sorted(lengths)


def test_c3_offline_for_a_moment_says_so_and_catches_up(slow, enter):
    with Proxy(slow.port) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}")
        alice.expects(LOST)
        with alice.page.expect_websocket(lambda socket: "/conversations/" in socket.url) as opened:
            alice.begin(LONG)
        # What stands there at first came with the page, and one that is still connecting has nothing to lose.
        opened.value.wait_for_event("framereceived")
        alice.wait_for_text(len(alice.text) + 50)
        bar = alice.page.get_by_text("Reconnecting")
        expect(bar).to_be_hidden()
        alice.page.context.set_offline(True)
        # Chromium takes HTTP offline, but leaves WebSockets alone.
        proxy.pause()
        proxy.cut()
        expect(bar).to_be_visible()
        shown = alice.text
        proxy.resume()
        alice.page.context.set_offline(False)
        expect(bar).to_be_hidden()
        alice.wait_for_text(len(shown) + 50)
        alice.stop.click()
        alice.wait_for("stopped")
        assert alice.text == read(Ledger(slow.address).turn(alice.turn).text)
        assert letters(alice.text).startswith(letters(shown))


def test_a_short_cut_is_nobodys_business(slow, enter):
    with Proxy(slow.port) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}").begin(LONG)
        alice.expects(LOST)
        alice.wait_for_text(50)
        alice.page.evaluate(
            """() => {
                window.shown = 0;
                const bar = document.getElementById("connection");
                const watch = new MutationObserver(() => (window.shown += bar.hidden ? 0 : 1));
                watch.observe(bar, {attributes: true});
            }"""
        )
        with alice.page.expect_websocket():
            proxy.cut()
        alice.wait_for_text(len(alice.text) + 50)
        assert alice.page.evaluate("window.shown") == 0
        alice.stop.click()
        alice.wait_for("stopped")


@pytest.mark.parametrize("end", [Product.kill, Product.terminate])
def test_s1_s4_a_server_that_ends_comes_back_with_every_character_and_continue(start_product, enter, end):
    product = start_product(**SLOW, TURN_LEASE_SECONDS="2")
    alice = enter(product, "alice").begin(LONG)
    alice.expects(LOST)
    alice.wait_for_text(200)
    end(product)
    shown = alice.text
    product.start()
    alice.wait_for("interrupted", 15)
    assert letters(alice.text).startswith(letters(shown))
    assert alice.text == read(Ledger(product.address).turn(alice.turn).text)
    alice.reply.get_by_role("button", name="Continue").click()
    alice.wait_for_text(len(shown) + 50)
    alice.stop.click()
    alice.wait_for("stopped")
    assert letters(alice.text).startswith(letters(shown))
    assert alice.text == read(Ledger(product.address).turn(alice.turn).text)


def test_a_socket_acknowledges_what_it_has_read(slow, enter):
    alice = enter(slow, "alice")
    acknowledged: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: acknowledged.append(str(payload)))

    alice.page.on("websocket", opened)
    alice.begin(LONG).wait_for_text(100)
    alice.page.wait_for_timeout(1500)
    assert acknowledged
    assert all('"ack"' in payload for payload in acknowledged)
    assert len(acknowledged) <= 4
    alice.stop.click()
    alice.wait_for("stopped")


def test_a_hidden_tab_lets_go_of_an_event_stream_and_catches_up_when_it_is_seen(slow, enter):
    with Proxy(slow.port, upgrade=403) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}")
        alice.expects(LOST)
        with alice.page.expect_request(lambda request: re.search(STREAM, request.url)) as stream:
            alice.begin(LONG)
        alice.wait_for_text(50)
        with alice.page.expect_event("requestfailed", lambda failed: failed.url == stream.value.url):
            _show(alice.page, "hidden")
        shown = len(alice.text)
        with alice.page.expect_request(lambda request: re.search(STREAM, request.url)):
            _show(alice.page, "visible")
        alice.wait_for_text(shown + 50)
        alice.stop.click()
        alice.wait_for("stopped")
        assert alice.text == read(Ledger(slow.address).turn(alice.turn).text)


def test_c21_eight_tabs_on_event_streams_leave_room_for_each_other(slow, enter):
    """A browser opens six HTTP connections to a server; a ninth window must still be able to ask."""
    with Proxy(slow.port, upgrade=403) as proxy:
        alice = enter(slow, "alice", f"http://127.0.0.1:{proxy.port}")
        alice.expects(LOST)
        alice.begin(LONG).wait_for_text(20)
        address, behind = alice.page.url, alice.page
        for _ in range(7):
            _show(behind, "hidden")
            behind = alice.page.context.new_page()
            behind.goto(address)
            shown = len(behind.locator("[data-turn] .message-text").text_content())
            behind.wait_for_function(
                "(shown) => document.querySelector('[data-turn] .message-text').textContent.length > shown",
                arg=shown,
            )
        _show(alice.page, "visible")
        alice.wait_for_text(shown + 20)
        alice.stop.click()
        alice.wait_for("stopped")


def _show(page, state):
    page.evaluate(
        """(state) => {
            Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
            Object.defineProperty(document, "hidden", {value: state === "hidden", configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
