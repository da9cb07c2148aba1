"""Where people see what their replies took and cost; and what was left out, and what is too much."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from chat.models import Conversation, Message, Model, Spending, Turn
from chat.models.room import messages_of
from chat.templatetags.gauges import short_number
from chat.templatetags.money import money
from tests.admin import chats
from tests.pages import parse

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/chat/spending/"
MARK = "Messages above this line were not sent to the model"


def spent(user, day, model_name="tiny", cost="1.25", **fields):
    figures = {"turns": 3, "prompt_tokens": 12_345, "completion_tokens": 678, "cost": Decimal(cost)}
    return Spending.objects.create(user=user, day=day, model_name=model_name, **{**figures, **fields})


@pytest.fixture
def today():
    return timezone.localdate()


def test_money_is_written_as_its_readers_write_it(settings):
    settings.CURRENCY = "EUR"
    amounts = [Decimal(each) for each in ("1234.5", "0.01", "0.0042", "0.000001", "0")]
    assert [money(each) for each in amounts] == [
        *("1,234.50 EUR", "0.01 EUR", "0.0042 EUR", "0.000001 EUR", "0.00 EUR")
    ]
    assert money(None) == "–"
    with translation.override("de"):
        assert money(Decimal("1234.5")) == "1.234,50 EUR"


def test_windows_are_written_as_they_are_spoken_of():
    assert [short_number(each) for each in (512, 4_096, 128_000, 1_000_000)] == ["512", "4.1k", "128k", "1M"]


def test_each_person_sees_their_own_month_and_nobody_elses(owner, guest, browser_of, today):
    spent(owner, today, "tiny", "1.25")
    spent(owner, today, "large", "0.5", estimated=2, unpriced=1)
    spent(owner, (today.replace(day=1) - timedelta(days=1)), "old", "99")
    spent(guest, today, "secret", "77")
    page = browser_of(owner).get(reverse("settings")).content.decode()
    for shown in ("tiny", "large", "24,690", "1,356", "1.25 USD", "0.50 USD", "1.75 USD", "<rect"):
        assert shown in page
    assert "The tokens of 2 replies were counted by us" in page
    assert "One reply came from a model without a price" in page
    for hidden in ("secret", "77", ">old<", "99.00"):
        assert hidden not in page


def test_the_months_before_are_a_link_away(owner, browser_of, today):
    before = today.replace(day=1) - timedelta(days=1)
    spent(owner, before, "old", "99")
    own = browser_of(owner)
    assert "No replies in this month." in own.get(reverse("settings")).content.decode()
    page = own.get(reverse("settings"), {"month": f"{before:%Y-%m}"}).content.decode()
    assert "99.00 USD" in page
    assert f"?month={today:%Y-%m}#usage" in page
    for odd in ("2026-13", "x", "9999-01", "0001-01", "2026-11-01", "٢٠٢٦-١١"):
        assert own.get(reverse("settings"), {"month": odd}).status_code == 200


def test_a_conversation_tells_what_it_came_to(owner, browser_of):
    chat = chats.conversation(owner, exchanges=2, cost=Decimal("0.0123"), is_estimate=True)
    page = browser_of(owner).get(reverse("conversation_settings", args=[chat.pk])).content.decode()
    for shown in ("3,000", "0.01 USD", "The tokens of one reply were counted by us", "One reply came from"):
        assert shown in page


def test_a_reply_tells_its_cost_and_who_counted(owner, browser_of):
    chat = chats.conversation(owner, cost=Decimal("0.0042"), is_estimate=True, left_out=2)
    page = parse(200, "", browser_of(owner).get(chat.get_absolute_url()).content.decode())
    for shown in ("about 0.0042 USD", "by us, about", "the 2 oldest messages"):
        assert shown in page.answer.whole


class TestAdmin:
    @pytest.fixture
    def admin(self, administrator, browser_of):
        return browser_of(administrator)

    @pytest.fixture
    def bills(self, owner, guest, today):
        spent(owner, today, "tiny", "1.25")
        spent(guest, today, "large", "2", estimated=1)
        spent(guest, today - timedelta(days=400), "large", "4")

    def test_everybodys_days_are_listed_and_summed(self, admin, bills):
        text = admin.get(LIST).content.decode()
        for shown in ("alice", "bob", "12,345", "1.25 USD", "9 replies", "37,035 tokens in", "7.25 USD"):
            assert shown in text

    def test_filters_hold_for_the_sum_and_the_file(self, admin, bills, today):
        month, day = {"month": f"{today:%Y-%m}"}, {"day": today.isoformat()}
        for query, sum_of, names in (
            (month, "3.25 USD", ["bob", "alice"]),
            (day, "3.25 USD", ["bob", "alice"]),
            ({**month, "q": "bob"}, "2.00 USD", ["bob"]),
            ({"model_name": "tiny"}, "1.25 USD", ["alice"]),
        ):
            assert sum_of in admin.get(LIST, query).content.decode()
            answer = admin.get(f"{LIST}csv/", query)
            assert answer["Content-Type"] == "text/csv; charset=utf-8"
            rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
            assert sorted(row["user"] for row in rows) == sorted(names)

    def test_the_file_is_exact_and_runs_nothing(self, admin, owner, today):
        spent(owner, today, '=HYPERLINK("http://evil.example")', "0.000001")
        (row,) = csv.DictReader(io.StringIO(admin.get(f"{LIST}csv/").content.decode()))
        assert row["model"] == '\'=HYPERLINK("http://evil.example")'
        assert (row["day"], row["cost"], row["tokens read"]) == (today.isoformat(), "0.000001", "12345")

    def test_it_is_for_administrators(self, owner, browser_of, bills):
        for path in (LIST, f"{LIST}csv/"):
            assert b"alice" not in browser_of(owner).get(path).content

    @pytest.mark.parametrize("count", [3, 90])
    def test_its_queries_do_not_grow_with_the_rows(
        self, admin, owner, today, count, django_assert_max_num_queries
    ):
        for number in range(count):
            spent(owner, today - timedelta(days=number))
        admin.get(LIST)
        with django_assert_max_num_queries(12):
            admin.get(LIST)


def test_every_sum_is_served_by_an_index(owner, today):
    month = Spending.objects.visible_to(owner).between(today.replace(day=1), today)
    turns = Turn.objects.filter(message__conversation=Conversation.objects.create(user=owner))
    for query in (month, Spending.objects.between(today, today), turns):
        plan = query.order_by().explain().upper()
        assert "INDEX" in plan
        # PostgreSQL rather reads all of a table that is empty.
        assert connection.vendor == "postgresql" or "SCAN" not in plan


class TestRoom:
    """What fits, at the edge and in the transcript."""

    @pytest.fixture
    def small(self):
        model = chats.model()
        Model.objects.filter(pk=model.pk).update(context_window=1_000, is_default=True)
        model.refresh_from_db()
        return model

    def test_a_question_that_cannot_fit_is_refused_by_how_much_and_kept(self, owner, browser_of, small):
        text = "word " * 1_000
        answer = browser_of(owner).post(reverse("conversations"), {"text": text})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "This is too long for tiny by about 504 tokens" in page
        assert "1,254 are asked of it, and it has room for 750" in page
        assert text.strip() in page
        assert not Conversation.objects.exists()

    def test_what_is_longer_than_the_rest_of_the_window_is_still_asked(self, owner, browser_of, small):
        chat = chats.conversation(owner, exchanges=3, prompt_tokens=900, completion_tokens=90)
        path = reverse("messages", args=[chat.pk])
        assert browser_of(owner).post(path, {"text": "word " * 300}).status_code == 303

    def test_where_nobody_knows_the_window_nothing_is_refused(self, owner, browser_of):
        chats.model()
        text = "word " * 10_000
        assert browser_of(owner).post(reverse("conversations"), {"text": text}).status_code == 303

    def test_the_mark_stands_where_what_was_sent_begins(self, owner, browser_of, small):
        chat = chats.conversation(owner, exchanges=4, left_out=4)
        page = browser_of(owner).get(chat.get_absolute_url()).content.decode()
        assert page.count(MARK) == 1
        assert page.index("answer 1") < page.index(MARK) < page.index("question 2")

    def test_the_mark_is_where_earlier_messages_are_read(self, owner, browser_of, small):
        chat = chats.conversation(owner, exchanges=40, left_out=4)
        own = browser_of(owner)
        assert MARK not in own.get(chat.get_absolute_url()).content.decode()
        first = chat.path()[20]
        page = own.get(chat.get_absolute_url(), {"before": first.pk}).content.decode()
        assert page.index("answer 1<") < page.index(MARK) < page.index("question 2<")

    def test_a_later_answer_that_was_sent_everything_takes_the_mark_away(self, owner, browser_of, small):
        chat = chats.conversation(owner, exchanges=2, left_out=2)
        question = chat.messages.create(parent=chat.leaf, role="user", text="question 2")
        chats.answered(chat, question, "answer 2")
        assert MARK not in browser_of(owner).get(chat.get_absolute_url()).content.decode()

    def test_questions_that_are_asked_as_one_are_left_out_as_one(self):
        def said(role, text, *kinds):
            return Message(role=role, text=text, parts=[{"type": kind} for kind in kinds])

        path = [
            *(said("user", "a"), said("assistant", ""), said("user", "b"), said("assistant", "c")),
            *(said("user", "d"), said("assistant", "", "tool_call", "tool_result"), said("user", "e")),
            *(said("assistant", "f"), said("user", "g")),
        ]
        assert [messages_of(path, exchanges) for exchanges in range(4)] == [0, 4, 8, 9]

    def test_the_gauge_tells_what_is_taken(self, owner, browser_of, small):
        chat = chats.conversation(owner, prompt_tokens=300, completion_tokens=100)
        page = browser_of(owner).get(chat.get_absolute_url()).content.decode()
        assert 'data-tokens="400" data-window="1000" data-reserve="250"' in page
        assert "about 40 % of 1k tokens" in page

    def test_there_is_no_gauge_without_a_window(self, owner, browser_of):
        chat = chats.conversation(owner)
        page = browser_of(owner).get(chat.get_absolute_url()).content.decode()
        assert 'data-window="0" data-reserve="0" data-scale="1.0000" hidden' in page


def test_the_bill_of_a_day_is_that_of_its_calendar(owner):
    assert Spending(user=owner).day == date.today()  # the server's clock is UTC
