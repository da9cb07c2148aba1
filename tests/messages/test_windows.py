"""Long conversations: the end first, what was said earlier by the screenful, and never the whole tree."""

import gc
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Message, Turn
from chat.models.paths import in_order, shown_ids
from chat.models.windows import WINDOW
from chat.turns.prompt import prompt_for
from tests.admin import chats
from tests.pages import parse

pytestmark = pytest.mark.django_db(transaction=True)
EARLIER = re.compile(r'href="(\S+)" data-earlier')


@pytest.fixture
def alice(owner, browser_of):
    return browser_of(owner)


@pytest.fixture
def long_chat(owner):
    """Fifty questions and answers."""
    return chats.conversation(owner, exchanges=50)


def read(client, address):
    answer = client.get(address)
    return parse(answer.status_code, address, answer.content.decode())


def read_part(client, address):
    """As a page does that asks again for what it shows."""
    answer = client.get(address, headers={"HX-Request": "true"})
    return parse(answer.status_code, address, answer.content.decode())


def said(page):
    return [shown.text.strip() for shown in page.messages]


def everything():
    return [f"{kind} {number}" for number in range(50) for kind in ("question", "answer")]


def test_a_page_shows_the_last_messages_and_a_link_to_those_before(alice, long_chat):
    page = read(alice, long_chat.get_absolute_url())
    assert said(page) == everything()[-WINDOW:]
    assert len(EARLIER.findall(page.html)) == 1


def test_following_the_link_reads_the_whole_conversation_backwards(alice, long_chat):
    page = read(alice, long_chat.get_absolute_url())
    seen = said(page)
    while earlier := EARLIER.search(page.html):
        page = read(alice, earlier[1])
        assert "Latest messages" in page.html
        seen = said(page) + seen
    assert seen == everything()


def test_a_page_that_shows_more_is_given_all_of_it_again(alice, long_chat):
    path = long_chat.path()
    address = f"{long_chat.get_absolute_url()}?from={path[20].pk}"
    assert said(read_part(alice, address)) == everything()[20:]
    first = f"{long_chat.get_absolute_url()}?from={path[0].pk}"
    page = read_part(alice, first)
    assert said(page) == everything()
    assert not EARLIER.search(page.html)


def test_where_the_first_shown_message_was_edited_its_branch_begins_there(alice, long_chat):
    path = long_chat.path()
    other = long_chat.messages.create(parent=path[39], role="user", text="edited")
    chats.answered(long_chat, other, "another answer")
    address = f"{long_chat.get_absolute_url()}?from={path[40].pk}"
    assert said(read_part(alice, address)) == ["edited", "another answer"]
    page = read(alice, address)
    assert said(page)[-2:] == ["edited", "another answer"]
    assert "another branch" in page.html


@pytest.mark.parametrize(
    "query", ["from=x", "before=1", "from=00000000-0000-0000-0000-000000000001", "before="]
)
def test_what_names_no_message_of_it_shows_the_end(alice, long_chat, query):
    assert said(read(alice, f"{long_chat.get_absolute_url()}?{query}")) == everything()[-WINDOW:]


def test_a_message_of_somebody_else_shows_nothing_of_theirs(alice, long_chat, stranger):
    theirs = chats.conversation(stranger, exchanges=2).path()[2]
    for name in ("from", "before"):
        page = read(alice, f"{long_chat.get_absolute_url()}?{name}={theirs.pk}")
        assert said(page) == everything()[-WINDOW:]


def test_what_is_shown_of_a_page_is_bounded(alice, long_chat, monkeypatch):
    monkeypatch.setattr("chat.models.windows.WINDOW_MAX", 40)
    first = long_chat.path()[0]
    address = f"{long_chat.get_absolute_url()}?from={first.pk}"
    assert said(read_part(alice, address)) == everything()[-40:]


def test_a_link_to_what_was_said_long_ago_shows_what_stands_around_it(alice, long_chat):
    """As a found message has one."""
    path = long_chat.path()
    answer = alice.get(f"{long_chat.get_absolute_url()}?from={path[30].pk}")
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"#m-{path[30].pk}")
    page = read(alice, answer["Location"])
    assert said(page) == everything()[15:45]
    assert "another branch" not in page.html
    near = f"{long_chat.get_absolute_url()}?from={path[60].pk}"
    assert said(read(alice, near)) == everything()[60:]
    assert "Latest messages" in page.html
    assert EARLIER.search(page.html)


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_queries_of_a_page_do_not_grow_with_its_conversation(alice, owner, long_chat):
    short = chats.conversation(owner, exchanges=20)
    addresses = [short.get_absolute_url(), long_chat.get_absolute_url()]
    for address in addresses:
        queries(alice, address)
    few, many = (queries(alice, address) for address in addresses)
    assert few == many <= 20


def test_a_prompt_reads_its_path_alone(owner, long_chat):
    turn = Turn.objects.select_related("message__conversation", "model").get(message=long_chat.leaf_id)
    with CaptureQueriesContext(connection) as captured:
        prompt = prompt_for(turn)
    assert len(prompt.messages) == 99
    read = [query["sql"] for query in captured if 'FROM "chat_message"' in query["sql"]]
    assert len(read) == 1
    assert "RECURSIVE" in read[0]


def test_an_export_asks_as_often_for_many_messages_as_for_few(long_chat):
    with CaptureQueriesContext(connection) as captured:
        assert len(list(in_order(shown_ids(long_chat.pk, long_chat.leaf_id)))) == 100
    assert len(captured) == 2


def test_what_a_page_has_read_is_let_go_of_without_the_collector(alice, long_chat, monkeypatch):
    """Or pages of megabytes pile up until it comes by."""
    # The test client keeps the context of each template.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)

    def kept() -> int:
        return sum(type(each) is Message for each in gc.get_objects())

    read(alice, long_chat.get_absolute_url())
    gc.collect()
    before = kept()
    gc.disable()
    try:
        read(alice, long_chat.get_absolute_url())
        assert kept() == before
    finally:
        gc.enable()
