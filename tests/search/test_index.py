"""When the index is written, and what the sidebar asks of the database."""

import gc
import uuid
import weakref
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.context import by_day
from chat.models import Conversation, Folder, Message, Provider, SearchEntry, Turn, catching_up
from chat.models.sidebar import sidebar_of
from chat.search import index, parse, snippet, without_marks


def look_through() -> None:
    for look in (catching_up.look_at_titles, catching_up.look_at_messages):
        last = look()
        while last:
            last = look(last)


@pytest.fixture
def turn(owner) -> Turn:
    model = Provider.objects.create(name="Demo", kind="demo").models.create(name="demo")
    return Conversation.objects.start(owner, "What is a heron?", uuid.uuid4().hex, model)


INDEXED, WITHOUT_INDEX = {
    "sqlite": ("SELECT words FROM chat_search ORDER BY rowid", "DROP TABLE chat_search"),
    "postgresql": (
        "SELECT words FROM chat_searchentry ORDER BY id",
        "ALTER TABLE chat_searchentry DROP COLUMN words",
    ),
}[connection.vendor]


def indexed() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(INDEXED)
        return [words for (words,) in cursor.fetchall()]


def test_a_running_reply_is_not_indexed_with_each_checkpoint_but_at_its_end(owner, turn):
    assert turn.lease(60, "e:0")
    before = indexed()
    for text in ("A bird", "A bird that", "A bird that waits"):
        assert turn.write_checkpoint(text, "e:1")
    assert indexed() == before
    assert turn.finish("complete", text="A bird that waits in the reeds.")
    assert len(indexed()) == len(before) + 1
    assert len(SearchEntry.objects.search(owner, "reeds").found) == 1


def test_no_word_stays_when_a_conversation_an_account_or_a_message_goes(owner, turn):
    assert indexed()
    Message.objects.filter(pk=turn.message.parent_id).delete()
    assert len(indexed()) == 1
    owner.delete()
    assert indexed() == []


def test_what_was_written_past_the_verbs_is_caught_up_with(owner, turn):
    chat = turn.message.conversation
    chat.messages.create(role="user", text="imported egrets")
    Conversation.objects.filter(pk=chat.pk).update(title="By another hand")
    assert SearchEntry.objects.search(owner, "egrets").found == []
    look_through()
    assert len(SearchEntry.objects.search(owner, "egrets").found) == 1
    assert len(SearchEntry.objects.search(owner, "another hand").found) == 1


def test_a_fork_is_taken_in_soon_though_nobody_looks_through_everything(owner, turn):
    assert turn.lease(60, "e:0")
    assert turn.finish("complete", text="A bird of the reeds.")
    fork = turn.message.conversation.fork(turn.message)
    assert fork.pk not in {
        found.conversation.pk for found in SearchEntry.objects.search(owner, "reeds").found
    }
    while catching_up.take_waiting():
        pass
    assert fork.pk in {found.conversation.pk for found in SearchEntry.objects.search(owner, "reeds").found}


def test_looking_for_what_is_missing_asks_as_little_of_a_large_table_as_of_a_small_one(owner, turn):
    """It reads so many keys at a time, and of those that are known nothing more."""
    chat = turn.message.conversation

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            catching_up.look_at_messages()
            catching_up.look_at_titles()
        return len(asked)

    look_through()
    few = queries()
    for number in range(200):
        SearchEntry.objects.put_message(chat.messages.create(role="user", text=f"egret {number}"))
    assert queries() == few


def test_a_text_that_the_index_refuses_is_kept_all_the_same(owner, turn, caplog):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(WITHOUT_INDEX)
    assert turn.lease(60, "e:0")
    assert turn.finish("complete", text="kept")
    assert Message.objects.get(pk=turn.message_id).text == "kept"
    assert "searchable" in caplog.text


def test_a_text_that_was_put_in_is_let_go_of_without_the_collector(owner, turn):
    message = turn.message.conversation.messages.create(role="user", text="long " * 1000)
    gone = weakref.ref(message)
    gc.disable()
    try:
        assert SearchEntry.objects.put_message(message)
        del message
        assert gone() is None
    finally:
        gc.enable()


def test_the_sidebar_asks_as_often_for_much_as_for_little(owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            sidebar_of(owner, 100)
        return len(asked)

    Folder.objects.create(user=owner, name="Empty")
    few = queries()
    folders = [Folder.objects.create(user=owner, name=str(number)) for number in range(5)]
    for number in range(60):
        Conversation.objects.create(
            user=owner,
            title=str(number),
            pinned=number % 7 == 0,
            folder=folders[number % 6] if number % 6 < 5 else None,
        )
    assert queries() == few <= 6


def test_a_conversation_is_in_one_place(owner):
    folder = Folder.objects.create(user=owner, name="Birds")
    made = [
        Conversation.objects.create(user=owner, title="pinned", pinned=True, folder=folder),
        Conversation.objects.create(user=owner, title="filed", folder=folder),
        Conversation.objects.create(user=owner, title="recent"),
    ]
    Conversation.objects.create(user=owner, title="archived", archived=True, folder=folder)
    Conversation.objects.create(user=owner, title="temporary", temporary=True)
    sidebar = sidebar_of(owner, 100)
    assert [sidebar.pinned, sidebar.shelves[0].rows, sidebar.recent] == [[each] for each in made]
    assert sidebar.shelves[0].count == 1


def test_days_have_the_names_that_people_give_them():
    now = timezone.now().replace(year=2026, month=7, day=15, hour=12)
    ages = {
        0: "Today",
        1: "Yesterday",
        3: "Previous 7 days",
        20: "Previous 30 days",
        60: "May",
        400: "June 2025",
    }
    rows = [Conversation(title=name, updated=now - timedelta(days=days)) for days, name in ages.items()]
    assert [(name, each.title) for name, (each,) in by_day(rows, now)] == [
        (name, name) for name in ages.values()
    ]


def test_the_pieces_of_a_snippet_are_its_text():
    for text in ("ﬁne e\u0301cole ½ İstanbul", "日本語のtest", "a" * 5000, "", "x \u200d y"):
        for query in ("f", "ecole", "ist", "本語", "a", "x y", "1"):
            joined = "".join(piece for piece, _ in snippet(text, parse(query)))
            assert joined.removeprefix("… ").removesuffix(" …").strip() in text


def test_a_snippet_shows_the_words_of_markdown_and_not_its_marks():
    text = "## Queues\n\n- A **worker** takes `jobs`, *one* by one\n> said\n| a | b |\n| --- | --- |\n| 2 * 3 | c |"
    shown = "".join(piece for piece, _ in without_marks(snippet(text, parse("jobs"))))
    assert " ".join(shown.split()) == "Queues A worker takes jobs, one by one said a b 2 * 3 c"


def test_of_very_many_texts_that_fit_the_newest_are_ranked_and_the_page_says_so(
    owner, turn, browser_of, monkeypatch
):
    chat = turn.message.conversation
    for number in range(12):
        SearchEntry.objects.put_message(chat.messages.create(role="user", text=f"egret number{number:02}"))
    monkeypatch.setattr(f"{type(index()).__module__}.RANKED", 5)
    monkeypatch.setattr("chat.search.RANKED", 5)
    page = browser_of(owner).get("/search/?q=egret", headers={"HX-Request": "true"}).content.decode()
    assert "the newest 5 were looked at" in page
    assert "number11" in page
    older = (
        browser_of(owner).get("/search/?q=egret number00", headers={"HX-Request": "true"}).content.decode()
    )
    assert "number00" in older.replace("<mark>", "").replace("</mark>", "")
    assert "looked at" not in older


def test_who_has_very_much_looks_for_short_words_as_they_are(owner, turn, browser_of, monkeypatch):
    def page() -> str:
        return browser_of(owner).get("/search/?q=he", headers={"HX-Request": "true"}).content.decode()

    assert "<mark>he</mark>ron" in page()
    assert "whole words" not in page()
    monkeypatch.setattr("chat.models.search.MUCH", 0)
    assert "<mark>" not in page()
    assert "looked for as whole words" in page()
