"""Files become part of a question: those of the asker that wait to be sent, and nobody else's."""

import uuid

import pytest
from django.utils import timezone

from chat.models import Attachment, Conversation
from chat.models.conversations import Refused

pytestmark = pytest.mark.django_db


def start(owner, model, *attachments, text="What is this?"):
    ids = [each.pk for each in attachments]
    turn = Conversation.objects.start(owner, text, uuid.uuid4().hex, model, attachments=ids)
    turn.status, turn.finished = "complete", timezone.now()
    turn.save()
    return turn


def test_a_question_names_its_files_after_its_text(owner, seeing, give, give_picture):
    picture, notes = give_picture(owner), give(owner)
    question = start(owner, seeing, picture, notes).message.parent
    assert question.text == "What is this?"
    assert question.parts == [
        {"type": "text", "text": "What is this?"},
        {
            "type": "image",
            "attachment": str(picture.pk),
            "name": "cat.png",
            "media_type": "image/png",
            "size": picture.size,
        },
        {
            "type": "file",
            "attachment": str(notes.pk),
            "name": "notes.txt",
            "media_type": "text/plain",
            "size": 18,
        },
    ]
    assert set(question.attachments.all()) == {picture, notes}


def test_a_question_may_be_a_picture_alone(owner, seeing, give_picture):
    conversation = start(owner, seeing, give_picture(owner), text="").message.conversation
    conversation.refresh_from_db()
    assert conversation.title == "cat.png"
    assert [part["type"] for part in conversation.leaf.parent.parts] == ["image"]


def test_nobody_sends_what_is_not_theirs_or_was_sent_before(owner, stranger, blind, give):
    sent = give(owner)
    start(owner, blind, sent)
    for attachment in (give(stranger), sent, Attachment(pk=uuid.uuid4())):
        before = Conversation.objects.count()
        with pytest.raises(Refused, match="no longer there"):
            start(owner, blind, attachment)
        assert Conversation.objects.count() == before


def test_there_are_only_so_many_files_of_one_question(owner, blind, give, settings):
    settings.ATTACHMENTS_PER_MESSAGE = 2
    with pytest.raises(Refused, match="At most 2 files"):
        start(owner, blind, *(give(owner) for _ in range(3)))


def test_a_model_that_sees_nothing_is_not_asked_about_pictures(owner, blind, seeing, give_picture):
    picture = give_picture(owner)
    with pytest.raises(Refused, match=r"cannot see pictures\. Choose one that can, or remove them"):
        start(owner, blind, picture)
    picture.refresh_from_db()
    assert picture.message is None, "it waits still"
    turn = start(owner, seeing, picture)
    with pytest.raises(Refused, match="cannot see pictures"):
        turn.message.conversation.answer_again(turn, "again", blind)
    # Once it is past, another model may go on: it is told of the picture.
    assert turn.message.conversation.ask("Thanks", "next", blind)


def test_the_same_send_twice_is_one(owner, blind, give):
    notes, key = give(owner), uuid.uuid4().hex
    turns = [Conversation.objects.start(owner, "Hi", key, blind, attachments=[notes.pk]) for _ in range(2)]
    assert turns[0] == turns[1]


def test_the_same_upload_twice_is_one(owner, stranger, give, files):
    first = give(owner, key="k1")
    assert give(owner, key="k1") == first
    assert give(stranger, key="k1") != first, "keys of different people have nothing to do with each other"
    assert len(files()) == 2


def test_an_edited_question_keeps_the_files_that_are_kept(owner, seeing, give, give_picture, files):
    picture, notes = give_picture(owner), give(owner)
    turn = start(owner, seeing, picture, notes)
    question, more = turn.message.parent, give(owner, "more.txt")
    ids = [picture.pk, more.pk]
    edited = turn.message.conversation.edit(question, "And this?", "e1", seeing, ids).message.parent
    assert [part["name"] for part in edited.parts[1:]] == ["cat.png", "more.txt"]
    copy = edited.attachments.get(name="cat.png")
    assert (copy != picture, copy.file.name) == (True, picture.file.name), "another row on the same file"
    assert len(files()) == 4, "picture, its small one, and two texts"
    question.refresh_from_db()
    assert len(question.attachments.all()) == 2, "the former question is as it was"


def test_of_another_question_nothing_is_kept(owner, blind, give):
    notes = give(owner)
    start(owner, blind, notes)
    turn = start(owner, blind)
    with pytest.raises(Refused, match="no longer there"):
        turn.message.conversation.edit(turn.message.parent, "Mine?", "e1", blind, [notes.pk])


def test_a_fork_has_files_of_its_own(owner, seeing, give_picture, files):
    turn = start(owner, seeing, give_picture(owner))
    conversation = turn.message.conversation
    fork = conversation.fork(turn.message)
    (part,) = fork.leaf.parent.files
    conversation.delete()
    assert Attachment.objects.get(pk=part["attachment"]).message == fork.leaf.parent


def test_space_has_an_end(owner, give, settings, files):
    settings.ATTACHMENTS_USER_MAX_BYTES = 30
    give(owner)
    with pytest.raises(Refused, match="all the space"):
        give(owner)
    assert len(files()) == 1


def test_what_is_shared_with_a_fork_takes_space_once(owner, blind, give, settings):
    settings.ATTACHMENTS_USER_MAX_BYTES = 40
    turn = start(owner, blind, give(owner))
    turn.message.conversation.fork(turn.message)
    assert give(owner)


def test_what_a_file_costs_is_told_before_it_is_sent(owner, give, give_picture):
    assert give(owner, data=b"word " * 1000).tokens == 1250
    assert give_picture(owner).tokens == 2
