"""What is exported, deleted and imported again is what it was, but for its ids."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.exports import rivulet
from chat.imports import read
from chat.models import Conversation, Feedback, Folder, Message, Turn
from chat.models.arrivals import take_in

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
title = text.map(lambda value: " ".join(value.split())).filter(bool)
offsets = st.integers(0, 10**12).map(lambda n: timedelta(microseconds=n))
maybe = st.none() | offsets
message = st.fixed_dictionaries(
    {
        "parent": st.integers(-1, 30),
        "role": st.sampled_from(["user", "assistant"]),
        "text": text,
        "status": st.sampled_from(["complete", "stopped", "failed", "interrupted"]),
        "model": title,
        "error": text,
        "times": st.tuples(offsets, maybe, maybe, offsets),
        "tokens": st.none() | st.integers(0, 10**6),
        "continues": st.integers(-1, 30),
        "feedback": st.none() | st.tuples(st.sampled_from([-1, 1]), text),
    }
)
trees = st.lists(message, min_size=1, max_size=12)


def grow(owner, said, *, title, leaf, folder, flags):
    """A conversation of which each message answers one that was said before it, or none."""
    conversation = Conversation.objects.create(
        user=owner,
        title=title,
        titled_by=flags["titled_by"],
        pinned=flags["pinned"],
        archived=flags["archived"],
        folder=Folder.objects.get_or_create(user=owner, name=folder)[0] if folder else None,
        settings={"system": folder},
        created=BEGAN,
        updated=BEGAN + timedelta(days=1),
    )
    messages, turns = [], {}
    for number, each in enumerate(said):
        parent = messages[each["parent"] % number] if number and each["parent"] >= 0 else None
        made = conversation.messages.create(
            parent=parent,
            role=each["role"],
            text=each["text"],
            parts=[{"type": "text", "text": each["text"]}] if each["text"] else [],
            created=BEGAN + timedelta(seconds=number),
        )
        messages.append(made)
        if each["role"] == "assistant":
            turns[number] = _turn(owner, made, each, turns.get(each["continues"]))
        if each["feedback"]:
            Feedback.objects.create(message=made, value=each["feedback"][0], comment=each["feedback"][1])
    conversation.leaf = messages[leaf % len(messages)]
    conversation.save()
    return conversation


def _turn(owner, made, each, continues):
    requested, started, first, finished = (None if t is None else BEGAN + t for t in each["times"])
    return Turn.objects.create(
        message=made,
        user=owner,
        key=str(made.pk),
        model_name=each["model"],
        status=each["status"],
        error=each["error"],
        requested=requested,
        started=started,
        first_token=first,
        finished=finished,
        completion_tokens=each["tokens"],
        continues=continues,
    )


def exported(*conversations):
    fresh = Conversation.objects.filter(pk__in=[c.pk for c in conversations]).select_related("folder")
    return b"".join(rivulet.document(fresh.order_by("created", "title")))


def without_ids(document):
    """The document with every id told by the place of its message."""
    told = json.loads(document)
    for conversation in told["conversations"]:
        conversation["messages"].sort(key=lambda each: each["created"])
        places = {each["id"]: number for number, each in enumerate(conversation["messages"])}
        conversation["id"] = None
        conversation["leaf"] = places[conversation["leaf"]]
        for each in conversation["messages"]:
            each["id"], each["parent"] = places[each["id"]], places.get(each["parent"])
            for link in ("continues", "beside"):
                if each.get("turn", {}).get(link):
                    each["turn"][link] = places[each["turn"][link]]
    return told["conversations"]


def take_all(owner, document):
    return [take_in(owner, source, arrived) for source, arrived in read(io.BytesIO(document))]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    said=trees,
    title=title,
    leaf=st.integers(0, 30),
    folder=st.none() | title,
    flags=st.fixed_dictionaries(
        {
            "pinned": st.booleans(),
            "archived": st.booleans(),
            "titled_by": st.sampled_from(["question", "model", "person"]),
        }
    ),
)
def test_a_conversation_that_was_exported_deleted_and_imported_is_exported_alike(
    owner, said, title, leaf, folder, flags
):
    conversation = grow(owner, said, title=title, leaf=leaf, folder=folder, flags=flags)
    before = exported(conversation)
    conversation.delete()
    (back,) = take_all(owner, before)
    after = exported(back)
    assert without_ids(after) == without_ids(before)
    assert take_all(owner, before) == [None], "a second time it is there already"
    assert take_all(owner, after) == [None], "and so it is under the ids that it has now"
    back.delete()


FLAGS = {"pinned": False, "archived": False, "titled_by": "person"}
SAID = [
    {"role": "user", "text": "Hello", "parent": -1, "feedback": None, "continues": -1},
]


def small(owner, title="A title"):
    return grow(owner, SAID, title=title, leaf=0, folder=None, flags=FLAGS)


def test_what_is_there_is_not_taken_again_even_under_its_old_ids(owner):
    conversation = small(owner)
    assert take_all(owner, exported(conversation)) == [None]
    assert Conversation.objects.count() == 1


def test_a_file_of_somebody_else_gets_ids_of_its_own_and_touches_nothing(owner, stranger):
    conversation = small(owner)
    document = exported(conversation)
    (theirs,) = take_all(stranger, document)
    assert theirs.user == stranger
    assert theirs.pk != conversation.pk
    ids = set(Message.objects.filter(conversation=conversation).values_list("pk", flat=True))
    assert ids == {conversation.leaf_id}
    assert ids.isdisjoint(theirs.messages.values_list("pk", flat=True))
    assert without_ids(exported(conversation)) == without_ids(document)


def test_a_conversation_that_cannot_be_written_whole_leaves_nothing(owner, monkeypatch):
    conversation = small(owner)
    document = exported(conversation)
    conversation.delete()

    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Message.objects.__class__, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        take_all(owner, document)
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_a_reply_that_is_being_written_is_exported_as_one_that_was_cut_off(owner):
    conversation = small(owner)
    answer = conversation.messages.create(parent=conversation.leaf, role="assistant", text="So f")
    Turn.objects.create(message=answer, user=owner, key="k", model_name="Demo", status="queued")
    told = json.loads(exported(conversation))["conversations"][0]["messages"][1]
    assert (told["text"], told["turn"]["status"], told["turn"]["finished"]) == ("So f", "interrupted", None)


def test_dates_to_come_are_now(owner):
    far = {"id": "x", "leaf": "m", "title": "Later", "updated": "2150-01-01T00:00:00+00:00"}
    far["messages"] = [{"id": "m", "role": "user", "text": "Hi", "created": "2150-01-01T00:00:00+00:00"}]
    (taken,) = take_all(owner, json.dumps(far).encode())
    assert taken.updated <= timezone.now()
