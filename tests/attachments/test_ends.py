"""A file goes with the last row that names it, after the commit, and not before."""

import os
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from chat.models import Attachment
from chat.models.files import sweep_lost, sweep_unsent
from chat.models.leaving import remove
from tests.attachments.test_sending import start

pytestmark = pytest.mark.django_db


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_files_go_with_their_conversation(owner, seeing, give, give_picture, files, commits):
    turn = start(owner, seeing, give_picture(owner), give(owner))
    with commits():
        turn.message.conversation.delete()
        assert len(files()) == 3, "not before the commit"
    assert (files(), Attachment.objects.count()) == ([], 0)


def test_files_that_a_fork_has_too_stay(owner, seeing, give_picture, files, commits):
    turn = start(owner, seeing, give_picture(owner))
    fork = turn.message.conversation.fork(turn.message)
    with commits():
        turn.message.conversation.delete()
    assert len(files()) == 2
    with commits():
        fork.delete()
    assert files() == []


def test_files_go_with_their_message(owner, blind, give, files, commits):
    turn = start(owner, blind)
    conversation = turn.message.conversation
    later = conversation.ask("And this?", "k2", blind, attachments=[give(owner).pk])
    with commits():
        conversation.prune(later.message.parent)
    assert files() == []


def test_what_is_taken_back_is_there_still(owner, blind, give, files, commits):
    turn = start(owner, blind, give(owner))
    with commits(), transaction.atomic():
        turn.message.conversation.delete()
        transaction.set_rollback(True)
    assert len(files()) == 1


def test_files_go_with_their_owner(owner, give, give_picture, files, commits):
    give(owner), give_picture(owner)
    with commits():
        remove(owner)
    assert files() == []


def test_what_is_not_sent_within_a_day_is_gone(owner, blind, give, files, commits):
    old, new, sent = give(owner), give(owner), give(owner)
    start(owner, blind, sent)
    Attachment.objects.filter(pk__in=[old.pk, sent.pk]).update(created=timezone.now() - timedelta(days=2))
    with commits():
        sweep_unsent()
    assert set(Attachment.objects.all()) == {new, sent}
    assert files() == sorted([new.pk.hex, sent.pk.hex])


def test_files_without_a_row_are_found(owner, give, give_picture, store, files):
    kept, lost, young = give_picture(owner), give_picture(owner), give(owner)
    Attachment.objects.filter(pk__in=[lost.pk, young.pk]).delete()
    for path in store.rglob("*"):
        if path.is_file() and young.pk.hex not in path.name:
            os.utime(path, (time.time() - 7200,) * 2)
    sweep_lost()
    assert files() == sorted([kept.pk.hex, f"{kept.pk.hex}-thumb", young.pk.hex]), "one may await its row"
