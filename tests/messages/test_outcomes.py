"""A reply that did not end well says why in plain words, and offers what helps."""

import pytest

from tests.admin import chats
from tests.pages import parse

pytestmark = pytest.mark.django_db(transaction=True)
CUT = "The reply broke off before its end."


@pytest.mark.parametrize(
    ("turn", "says", "offers"),
    [
        (
            {"status": "failed", "error": "The model server cannot be reached."},
            "cannot be reached",
            {"retry", "continue"},
        ),
        ({"status": "failed", "error": ""}, "could not be finished", {"retry", "continue"}),
        ({"status": "interrupted", "error": CUT}, CUT, {"retry", "continue"}),
        ({"status": "interrupted", "reason": "server"}, "The server was interrupted.", {"retry", "continue"}),
        ({"status": "stopped", "reason": "stopped"}, "Stopped", {"retry", "continue"}),
        ({"status": "complete", "reason": "length"}, "reached the length limit", {"retry", "continue"}),
        ({"status": "complete", "reason": "content_filter"}, "A filter at the model", {"retry"}),
        ({"status": "complete", "reason": "stop"}, "by itself", {"retry"}),
    ],
)
def test_what_happened_is_said_and_what_helps_is_offered(owner, browser_of, turn, says, offers):
    chats.model("another")
    chat = chats.conversation(owner, **turn)
    page = parse(200, "", browser_of(owner).get(chat.get_absolute_url()).content.decode())
    assert says in page.answer.whole
    assert page.answer.actions - {"stop"} == offers
    assert "another" in page.answer.whole


def test_the_figures_are_for_people(owner, browser_of):
    chat = chats.conversation(owner, prompt_tokens=12_345)
    text = browser_of(owner).get(chat.get_absolute_url()).content.decode()
    for shown in ("1,500 tokens", "2,000 tokens/s", "12,345", "after 0.3 s"):
        assert shown in text


def test_details_of_a_fault_are_for_administrators(owner, administrator, browser_of):
    for person, sees in ((owner, False), (administrator, True)):
        chat = chats.conversation(
            person, status="failed", error="It failed.", error_detail="HTTP 500: <b>x</b>"
        )
        text = browser_of(person).get(chat.get_absolute_url()).content.decode()
        assert ("HTTP 500: &lt;b&gt;x&lt;/b&gt;" in text) is sees
