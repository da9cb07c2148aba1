"""What somebody hears who cannot see the page."""

import re

from playwright.sync_api import expect

LISTEN = """window.said = [];
new MutationObserver((changes) => {
    const isSaid = changes.some(({target}) => target.id === "announcer");
    if (isSaid) window.said.push(document.getElementById("announcer").textContent);
}).observe(document, {childList: true, subtree: true});"""
WORDS = """() => [...document.querySelectorAll(".message-text :is(p, h1, h2, h3, li)")]
    .filter((each) => each.closest("article").dataset.role === "assistant" && !each.querySelector("p"))
    .map((each) => each.textContent.replace(/\\s+/g, " ").trim())"""


def test_each_sentence_is_said_once_and_code_and_tables_are_only_named(site, enter):
    alice = enter(site, "alice")
    alice.page.add_init_script(LISTEN)
    alice.begin("Compare SQLite and PostgreSQL for a small web application.")
    alice.wait_for("complete", 40)
    alice.page.wait_for_function("() => window.said.at(-1)?.endsWith('Reply complete.')")
    said = alice.page.evaluate("window.said")
    assert said[0] == "Demo is replying."
    assert 3 <= len(said) <= 20
    whole = " ".join(said[1:])
    for text in alice.page.evaluate(WORDS):
        assert whole.count(text) == 1, text
    assert len(re.findall(r"Code block of \d+ lines\.", whole)) == 1
    assert len(re.findall(r"Table of \d+ rows\.", whole)) == 1
    assert "PRAGMA" not in whole
    for piece in said[1:-1]:
        assert re.search(r"[.!?:;…]$", piece), piece


def test_the_keyboard_stays_where_it_is_while_the_transcript_is_fetched_again(quick, enter):
    alice = enter(quick, "alice").begin("Hello")
    alice.wait_for("complete")
    expect(alice.reply.locator("[data-regenerate]")).to_be_attached()
    first, copy = alice.turn, alice.page.locator('article[data-role="user"] [data-copy^="/"]')
    copy.focus()
    alice.page.evaluate("document.querySelector('[data-regenerate]').form.requestSubmit()")
    expect(alice.reply).not_to_have_attribute("data-turn", first)
    alice.wait_for("complete")
    expect(alice.reply.locator("[data-regenerate]")).to_be_attached()
    expect(copy).to_be_focused()
