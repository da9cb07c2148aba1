"""A reply on its way to the screen."""

import re
import time

from playwright.sync_api import expect

from tests.reading import letters, read


def test_a_reply_streams_to_its_end_and_reads_as_it_is_stored(site, enter, ledger):
    alice = enter(site, "alice").begin("Explain how a reply travels, step by step.")
    alice.wait_for_text(10)
    early = alice.text
    alice.wait_for("complete", 30)
    stored = ledger.turn(alice.turn).text
    assert letters(read(stored)).startswith(letters(early))
    assert early != read(stored)
    assert alice.text == read(stored)
    streamed = alice.sees()
    alice.page.reload()
    assert alice.sees() == streamed


def test_what_was_typed_is_shown_as_it_was_typed(quick, enter):
    said = "  two  spaces\n\n\ttab <b>&amp;</b> \u2028 日本語 👩‍👩‍👧‍👦 "
    alice = enter(quick, "alice").begin(said)
    assert alice.sees()[0]["text"] == said
    alice.wait_for("complete")
    assert alice.sees()[0]["text"] == said


def test_c1_a_closed_tab_does_not_stop_the_reply(site, enter, ledger):
    alice = enter(site, "alice").begin("Compare SQLite and PostgreSQL.")
    alice.wait_for_text(20)
    turn, address = alice.turn, alice.page.url
    alice.page.close()
    deadline = time.monotonic() + 30
    while not ledger.turn(turn).is_over and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ledger.turn(turn).status == "complete"
    back = enter(site, "alice")
    back.page.goto(address)
    assert back.text == read(ledger.turn(turn).text)


def test_c10_two_windows_show_the_same_reply_and_the_same_stop(site, enter, ledger):
    alice = enter(site, "alice").begin("Plan a weekend in a city by the sea.")
    other = enter(site, "alice")
    other.page.goto(alice.page.url)
    other.wait_for_text(10)
    expect(other.stop).to_be_visible()
    other.stop.click()
    for window in (alice, other):
        window.wait_for("stopped")
        expect(window.send).to_be_visible()
    assert alice.text == other.text == read(ledger.turn(alice.turn).text)


def test_a_question_in_one_window_appears_in_the_other(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    other = enter(quick, "alice")
    other.page.goto(alice.page.url)
    alice.ask("And in the other window?")
    for window in (other, alice):
        expect(window.replies).to_have_count(2)
        window.wait_for("complete")
    assert other.sees() == alice.sees()


def test_stop_keeps_what_was_shown_and_continue_goes_on_from_it(site, enter, ledger):
    alice = enter(site, "alice").begin("Write a polite letter to a neighbour.")
    alice.wait_for_text(40)
    alice.stop.click()
    alice.wait_for("stopped")
    kept = alice.text
    assert kept == read(ledger.turn(alice.turn).text)
    expect(alice.reply.get_by_text("Stopped", exact=True)).to_be_visible()
    alice.reply.get_by_role("button", name="Continue").click()
    alice.wait_for_text(len(kept) + 1)
    alice.wait_for("complete", 30)
    assert letters(alice.text).startswith(letters(kept))
    assert alice.text == read(ledger.turn(alice.turn).text)


def test_regenerate_makes_a_new_reply_in_place_of_the_old(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    first = alice.turn
    alice.reply.hover()
    alice.reply.get_by_role("button", name="Regenerate").click()
    expect(alice.reply).not_to_have_attribute("data-turn", first)
    alice.wait_for("complete")
    expect(alice.replies).to_have_count(1)


def test_the_first_words_are_waited_for_with_a_caret_and_then_a_name(start_product, enter):
    product = start_product(DEMO_TOKENS_PER_SECOND="0.2")
    alice = enter(product, "alice").begin("Hello")
    expect(alice.stop).to_be_visible()
    expect(alice.reply.get_by_text(re.compile("Waiting for "))).to_be_visible(timeout=4000)


def test_a_second_question_goes_under_the_first_answer_without_loading_the_page(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    alice.page.evaluate("window.here = document.querySelector('article .message-text').firstChild")
    alice.ask("Hello again")
    expect(alice.replies).to_have_count(2)
    alice.wait_for("complete")
    assert alice.page.evaluate("window.here === document.querySelector('article .message-text').firstChild")
    assert [seen["role"] for seen in alice.sees()] == ["user", "assistant"] * 2
