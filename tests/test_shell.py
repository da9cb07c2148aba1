"""What stands around every page: the list of conversations, the models, the banner."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from chat.models import Conversation, Message, Model, Provider, SavedPrompt, Turn
from tests.pages import parse
from tests.reading import read

pytestmark = pytest.mark.usefixtures("_journal_in_memory")


@pytest.fixture
def model(db):
    return Model.objects.create(provider=Provider.objects.create(name="Demo", kind="demo"), name="demo")


@pytest.fixture
def own(owner, browser_of):
    return browser_of(owner)


def _page(client, url="/"):
    return client.get(url).content.decode()


def test_the_sidebar_lists_ones_own_and_nobody_elses(own, owner, guest):
    Conversation.objects.create(user=owner, title="Mine to read")
    Conversation.objects.create(user=owner, title="Put away", archived=True)
    Conversation.objects.create(user=guest, title="Not for alice")
    page = _page(own)
    assert "Mine to read" in page
    assert "Put away" not in page
    assert "Not for alice" not in page


def test_an_empty_sidebar_says_so(own):
    assert "Your conversations will be here." in _page(own)


def test_a_title_is_text_and_never_markup(own, owner):
    Conversation.objects.create(user=owner, title="<script>alert(1)</script>")
    assert "<script>alert" not in _page(own)


@pytest.mark.parametrize("title", ["{pk} {title} {0} {", "%s %(pk)s", "<b>&amp;\"'", "日本語 \u2067\ue000"])
def test_a_row_that_is_like_any_other_is_made_as_one_that_is_not(own, owner, title):
    """Only the row of the conversation that is shown is rendered by itself."""
    conversation = Conversation.objects.create(user=owner, title=title)
    others, shown = _page(own), _page(own, f"/conversations/{conversation.pk}/")
    start = f'<li class="sidebar-row" data-key="{conversation.pk}">'
    usual, current = (page[page.index(start) :].partition("</li>")[0] for page in (others, shown))
    assert current.replace(' aria-current="page"', "") == usual
    assert escape(title) in usual


def test_a_conversation_in_which_a_reply_is_made_is_marked(own, owner, model):
    Conversation.objects.start(owner, "Hello", "key", model)
    assert "a reply is being written" in _page(own)
    Turn.objects.update(status="stopped", finished=Conversation.objects.get().created)
    assert "a reply is being written" not in _page(own)


def test_a_page_costs_as_many_queries_with_a_hundred_conversations_as_with_one(
    own, owner, model, django_assert_max_num_queries
):
    Conversation.objects.bulk_create(Conversation(user=owner, title=f"Number {n}") for n in range(150))
    own.get("/")
    with django_assert_max_num_queries(9):
        page = _page(own)
    assert page.count('class="sidebar-link"') == 100


def test_a_transcript_costs_as_many_queries_long_as_short(own, owner, model, django_assert_max_num_queries):
    turn = Conversation.objects.start(owner, "Hello", "key", model)
    for n in range(10):
        Turn.objects.update(status="complete", finished=turn.requested)
        turn = turn.message.conversation.ask(f"Question {n}", f"key-{n}", model)
    Turn.objects.update(status="complete", finished=turn.requested)
    url = reverse("conversation", args=[turn.message.conversation_id])
    own.get(url)
    with django_assert_max_num_queries(14):
        page = _page(own, url)
    assert page.count("<article") == 22


def test_the_banner_tells_who_may_connect_a_model_how(own, administrator, browser_of, model):
    assert "Your administrator can connect a real model." in _page(own)
    page = _page(browser_of(administrator))
    assert "OPENAI_BASE_URL" in page
    assert reverse("admin:chat_provider_add") in page
    Provider.objects.create(name="Ours", base_url="http://models.example/v1")
    Model.objects.create(provider=Provider.objects.get(name="Ours"), name="large")
    assert "built-in demo" not in _page(own)


def test_without_a_model_one_sentence_says_so(own):
    assert "No model is connected yet." in _page(own)


def test_any_reply_can_be_made_again_as_a_branch_of_its_own(own, owner, model):
    first = Conversation.objects.start(owner, "Hello", "key", model)
    Turn.objects.update(status="complete", finished=first.requested)
    second = first.message.conversation.ask("And?", "key-2", model)
    Turn.objects.update(status="complete", finished=first.requested)
    page = _page(own, first.message.conversation.get_absolute_url())
    assert all(reverse("turn_retry", args=[turn.pk]) in page for turn in (first, second))


@pytest.mark.parametrize("text", ["\r\n", "a\rb", " leading", "\n\nlines\n", "<b>&amp;</b>", "\u2028\u0085"])
def test_a_reply_that_goes_on_brings_its_text_as_it_is_stored(own, owner, model, text):
    turn = Conversation.objects.start(owner, "Hello", "key", model)
    Message.objects.filter(pk=turn.message_id).update(text=text)
    page = _page(own, turn.message.conversation.get_absolute_url())
    # What an HTML parser does to what it is given before it looks at it.
    answer = parse(200, "", page.replace("\r\n", "\n").replace("\r", "\n")).answer
    assert answer.source == text
    assert answer.text == read(text)


def test_details_of_a_failure_are_for_administrators(own, administrator, owner, browser_of, model):
    for user, client, shown in ((owner, own, False), (administrator, browser_of(administrator), True)):
        turn = Conversation.objects.start(user, "Hello", "key", model)
        Turn.objects.filter(pk=turn.pk).update(
            status="failed", finished=turn.requested, error="It is down.", error_detail="502 from upstream"
        )
        page = _page(client, turn.message.conversation.get_absolute_url())
        assert "It is down." in page
        assert ("502 from upstream" in page) is shown


def test_an_address_that_leads_nowhere_has_a_page_that_says_so(own, caplog):
    page = own.get("/nowhere/")
    assert page.status_code == 404
    assert "<h1>There is nothing here.</h1>" in page.content.decode()
    assert "It may have been deleted" in page.content.decode()
    assert not [record for record in caplog.records if record.name == "chat.errors"]


def test_a_fault_of_ours_has_a_page_that_says_so(own, monkeypatch):
    def breaks(*_):
        raise RuntimeError

    monkeypatch.setattr(SavedPrompt.objects, "visible_to", breaks)
    own.raise_request_exception = False
    page = own.get("/prompts/")
    assert page.status_code == 500
    assert "Something went wrong on our side." in page.content.decode()
    assert 'href="/"' in page.content.decode()
