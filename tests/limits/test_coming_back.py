"""Everybody comes back in one second: what that asks of the database."""

import uuid

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from chat.access import Claim, judge
from chat.journal import Cursor
from chat.journal.database import DatabaseJournal
from chat.models import Conversation

CROWD = 200


@pytest.mark.django_db
def test_s21_a_viewer_who_comes_back_costs_at_most_two_queries(owner, django_assert_num_queries):
    """Those who come together are judged together, in three; each then reads its log once."""
    client = Client()
    client.force_login(owner, backend="chat.accounts.Accounts")
    session = client.session.session_key
    assert SessionStore(session).exists(session)
    conversation = Conversation.objects.create(user=owner)
    claims = [Claim(session, conversation.pk) for _ in range(CROWD - 1)] + [Claim(session, uuid.uuid4())]
    journal = DatabaseJournal()
    end: Cursor = journal._position(f"conversation:{conversation.pk}")
    with django_assert_num_queries(1):
        assert journal._read(f"conversation:{conversation.pk}", end) == []
    with django_assert_num_queries(3):
        verdicts = judge(claims)
    assert [verdict.code for verdict in verdicts] == [0] * (CROWD - 1) + [4404]
