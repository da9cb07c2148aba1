"""What the pages bring to a browser that has nothing of them yet."""

import pytest

from tests.benchmarks.pages import weigh

LIMIT = 250_000


@pytest.fixture
def chat(quick, enter):
    chat = enter(quick, "alice")
    chat.begin("Explain how a reply travels from a language model to my screen, one step at a time.")
    chat.wait_for("complete")
    return chat


def test_the_code_of_the_chat_page_is_light(chat):
    """All our own and vendored JavaScript and CSS, compressed, before math and diagrams, which come when first needed."""
    weight = weigh(chat.page, chat.page.url)
    assert 10_000 < weight.code < LIMIT, weight.bytes
    assert weight.bytes["fonts"] == 0
