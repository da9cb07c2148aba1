"""What people think of replies, for those who run the site."""

import pytest

from chat.models import Feedback
from tests.admin import chats

LIST = "/admin/chat/feedback/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


@pytest.fixture
def given(owner, guest):
    """A good reply to alice's question, and a bad one to bob's."""
    good, bad = chats.conversation(owner, "Bread"), chats.conversation(guest, "Bicycles")
    Feedback.objects.give(good.leaf, 1, "Clear & short")
    Feedback.objects.give(bad.leaf, -1, "<b>wrong</b>")
    return good, bad


def test_it_lists_who_thought_what_of_which_model(admin, given):
    text = admin.get(LIST).content.decode()
    for shown in ("alice", "bob", "tiny", "Clear &amp; short", "&lt;b&gt;wrong&lt;/b&gt;", str(given[0].pk)):
        assert shown in text


@pytest.mark.parametrize(
    ("query", "found"), [({"value__exact": "1"}, 1), ({"q": "wrong"}, 1), ({"q": "no"}, 0), ({}, 2)]
)
def test_it_is_filtered_and_searched(admin, given, query, found):
    assert len(admin.get(LIST, query).context["cl"].result_list) == found


@pytest.mark.parametrize("model", ["ours", "999", "x"])
def test_it_is_filtered_by_model(admin, given, model):
    ours = given[0].leaf.turn.model_id
    rows = admin.get(LIST, {"model": ours if model == "ours" else model}).context["cl"].result_list
    assert len(rows) == (2 if model == "ours" else 0)


def test_conversations_are_found_by_it(admin, given):
    rows = admin.get("/admin/chat/conversation/", {"feedback": "-1"}).context["cl"].result_list
    assert list(rows) == [given[1]]


def test_a_transcript_shows_it(admin, given):
    text = admin.get(f"/admin/chat/conversation/{given[1].pk}/change/").content.decode()
    assert "👎 bad: &lt;b&gt;wrong&lt;/b&gt;" in text


def test_its_queries_do_not_grow_with_the_rows(admin, owner, django_assert_max_num_queries):
    for number in range(20):
        Feedback.objects.give(chats.conversation(owner, str(number)).leaf, 1)
    admin.get(LIST)
    with django_assert_max_num_queries(12):
        admin.get(LIST)


def test_nothing_is_changed_in_it(admin, given):
    one = Feedback.objects.first()
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
