"""How a reply looks while it comes: nothing flickers, nothing is held up, and a long one costs no more than a short one."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browser.test_markdown_parity import differences, page

__all__ = ["page"]

# Each text, typed letter by letter, is never shown as anything that has one of these.
STEADY = {
    "**bold** text": ["*"],
    "a *b* and **c** and ~~d~~ e": ["*", "~"],
    "`code` and ``more ` code`` x": ["``"],
    "see [the docs](https://example.org/a) now": ["](", "(https"],
    "text\n- item\n- other": ["<h2>", "<li></li>"],
    "text\n\n---\n\nmore": ["<h2>", "<ul>", "-"],
    "1. one\n2. two": ["<p>"],
    "2024 was": ["<ol>"],
    "# Title\n\nx": ["#"],
    "```py\nx = 1\n```\ny": ["`", 'language-p"'],
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n": ["<p>", "|", "--"],
    "- [x] done\n- [ ] open": ["[", "]"],
    "\\(a_b\\) and $$c$$ and\n\n\\[\nd\n\\]\n": ["\\", "$", "<em>"],
    "&amp; and &copy; x": ["&amp;amp", "copy"],
    "> quote\n> more": ["&gt;"],
}
PIECES = [
    *(
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```",
        "\n",
        "\n\n",
        "  ",
        "    ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "|",
        "|-|\n",
        "a",
        "b c",
        "😀",
    ),
    *(
        "[",
        "](",
        ")",
        "![",
        "](https://e.org)",
        "<",
        "&amp;",
        "\\",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "---",
        "===",
        "日本",
    ),
    *(
        "[a]: https://e.org\n",
        "[a]",
        "- [x] ",
        "| a | b |\n|---|---|\n",
        "\r\n",
        "\r",
        "\u3000",
        "```py\n",
        "~~~\n",
    ),
]
LONG = {
    "list": "".join(f"- item **{n}** of `many` with [a link](https://e.org/{n})\n" for n in range(900)),
    "loose list": "".join(f"{n}. item {n}\n\n   more of it\n\n" for n in range(1, 1500)),
    "table": "| a | b |\n|---|---|\n" + "".join(f"| {n} | **cell** and `code` |\n" for n in range(1500)),
    "paragraph": "This is a sentence with **bold** words, `code` and snake_case. " * 800,
    "code": "```python\n" + "print('a line of code')  # and more\n" * 1400 + "```\n",
    "list of code": "1. One\n\n   ```\n" + "   a line of code\n" * 600 + "   ```\n",
    "quote": "> a line of a quote\n" * 800,
}


@pytest.mark.parametrize("text", STEADY)
def test_half_typed_syntax_is_never_shown(page, text):
    shown = page.evaluate("(text) => window.typed(text)", text)
    wrong = [html for html in shown if any(never in html for never in STEADY[text])]
    assert wrong == []


@pytest.mark.parametrize("name", LONG)
def test_the_end_of_a_long_block_costs_what_its_beginning_did(page, name):
    assert not differences(page, [LONG[name]], lambda text: [997])
    cost = page.evaluate("(text) => window.cost(text, 40)", LONG[name])
    most = 12 if name == "quote" else 8
    assert cost["last"] < most * cost["first"] + 0.2, cost


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join), st.integers(1, 20))
def test_whatever_is_written_both_ports_make_the_same_of_it(page, text, size):
    assert not differences(page, [text], lambda text: [size, max(1, len(text))])


def test_a_text_that_is_too_heavy_ends_as_plain_text(page):
    text = "word *a* " * 30_000 + "[" * 4_000 + "😀 end " * 3000
    assert not differences(page, [text], lambda text: [40_001])


def test_text_between_two_bursts_appears_at_an_even_pace_and_within_a_quarter_second(page):
    """Four bursts of a hundred letters, 200 ms apart."""
    lags, steps = page.evaluate("() => window.smooth([0, 200, 400, 600], 100)")
    assert max(lags) <= 250
    assert max(steps) <= 25
    assert sum(steps) == 400


def test_a_character_is_never_cut_in_two(page):
    for text in ("👩‍👩‍👧‍👦" * 40, "e\u0301" * 200, "👍🏽" * 60):
        pieces = page.evaluate("(text) => window.cuts(text)", text)
        assert "".join(pieces) == text
        assert all(piece.startswith(text[0]) for piece in pieces)


def test_pieces_may_end_within_a_character(page):
    """As models cut them: behind what joins two signs, or before an accent. A loop here would hold up the page."""
    text = "👩\u200d👩\u200d👧\u200d👦 e\u0301a\u0308 👍🏽 ☀\ufe0f कि" * 3
    for size in range(1, 8):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        shown = page.wait_for_function("(pieces) => window.arrives(pieces)", arg=pieces, timeout=10_000)
        assert shown.json_value() == text
