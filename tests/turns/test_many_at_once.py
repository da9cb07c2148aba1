"""Caps that are counted in the database hold for requests and runners that come at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import close_old_connections, connection

from chat.models import Conversation, Model, Provider, Turn, line
from chat.models.refusals import Refused

AT_ONCE = 8
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def model(db):
    provider = Provider.objects.create(name="Test", kind="demo")
    return Model.objects.create(provider=provider, name="demo", is_default=True)


def together(work, things):
    """What came of each, all of them begun at once."""

    def one(thing):
        try:
            return work(thing)
        finally:
            close_old_connections()
            if connection.vendor != "sqlite":
                connection.close()

    with ThreadPoolExecutor(len(things)) as pool:
        return list(pool.map(one, things))


@pytest.mark.django_db(transaction=True)
def test_of_many_questions_of_a_person_at_once_no_more_are_taken_than_may_be_under_way(
    owner, model, settings
):
    settings.TURNS_PER_USER = 3

    def ask(number):
        try:
            return Conversation.objects.start(owner, "Hello", f"key-{number}", model)
        except Refused as refused:
            return refused.status

    answers = together(ask, range(AT_ONCE))
    assert answers.count(429) == AT_ONCE - 3
    assert Turn.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_question_that_comes_many_times_at_once_finds_the_room_that_it_has_taken(owner, model, settings):
    settings.TURNS_PER_USER = 1
    asked = together(lambda _: Conversation.objects.start(owner, "Hello", "key", model).pk, range(AT_ONCE))
    assert len(set(asked)) == 1
    assert Conversation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_runners_at_once_no_more_begin_than_a_provider_takes(owner, guest, model):
    Provider.objects.update(turns_at_once=3)
    asked = [Conversation.objects.start(owner, "Hello", f"key-{number}", model) for number in range(AT_ONCE)]
    turns = Turn.objects.select_related("model__provider")
    begun = together(lambda turn: line.begin(turns.get(pk=turn.pk), 10, ""), asked)
    assert begun.count(True) == 3
    assert [turn.status for turn in turns.order_by("requested")][:3] == ["running"] * 3
    last = Conversation.objects.start(guest, "Hello", "key", model)
    assert line.places([asked[3].pk, asked[-1].pk, last.pk]) == {last.pk: 0, asked[3].pk: 1, asked[-1].pk: 5}


def waiting(*users):
    return [
        line.Waiting(UUID(int=number), user, NOON + timedelta(seconds=number))
        for number, user in enumerate(users)
    ]


@pytest.mark.parametrize(
    ("users", "served", "order"),
    [
        ([1, 1, 1], {}, [0, 1, 2]),
        ([1, 1, 1, 2], {}, [0, 3, 1, 2]),
        ([1, 1, 2, 2, 3], {}, [0, 2, 4, 1, 3]),
        ([1, 2], {1: NOON}, [1, 0]),
        ([1, 2, 1, 2], {1: NOON, 2: NOON - timedelta(seconds=5)}, [1, 0, 3, 2]),
    ],
)
def test_people_come_one_after_another_and_first_whoever_was_served_longest_ago(users, served, order):
    assert [each.turn.int for each in line.in_turn(waiting(*users), served)] == order
