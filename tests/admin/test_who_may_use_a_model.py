"""A model that is shared with groups is for their members, at every door that lists or takes one."""

import uuid

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from chat.models import Conversation, Model, Provider, Turn
from chat.models.arrivals import _models
from chat.models.asking import Refused
from chat.providers.base import ProviderError
from chat.turns.preparing import fall_back

pytestmark = pytest.mark.django_db
NOT_YOURS = "not available"


@pytest.fixture(autouse=True)
def no_runner(monkeypatch):
    """Turns are made and stay queued: who answers them is none of these tests' business."""
    monkeypatch.setattr("chat.turns.start", lambda turn: None)


@pytest.fixture
def provider(db):
    return Provider.objects.create(name="Lab", base_url="http://lab:8000/v1")


@pytest.fixture
def common(provider):
    return provider.models.create(name="common", is_default=True)


@pytest.fixture
def shared(provider, owner):
    """With the group of alice, and with another."""
    model = provider.models.create(name="shared")
    model.groups.set([Group.objects.create(name="research"), Group.objects.create(name="board")])
    owner.groups.set(model.groups.all())
    return model


def names(user):
    return [model.name for model in Model.objects.usable(user)]


def test_one_without_groups_is_everybody_s_and_one_with_them_their_members(owner, guest, common, shared):
    assert (names(owner), names(guest)) == (["common", "shared"], ["common"])


def test_the_default_comes_first_then_the_position_then_the_name(owner, provider):
    provider.models.create(name="b")
    provider.models.create(name="a")
    provider.models.create(name="early", position=1)
    provider.models.create(name="late", position=200, is_default=True)
    assert names(owner) == ["late", "early", "a", "b"]


@pytest.mark.parametrize("change", [{"enabled": False}, {"gone": True}, {"provider__enabled": False}])
def test_none_that_is_off_or_gone_can_be_chosen(owner, common, change):
    Provider.objects.update(enabled=change.pop("provider__enabled", True))
    Model.objects.update(**change)
    assert names(owner) == []


def test_the_page_offers_what_is_theirs(browser_of, owner, guest, common, shared):
    assert ">shared</option>" in browser_of(owner).get("/").content.decode()
    assert "shared</" not in browser_of(guest).get("/").content.decode()


def talk(user, model):
    turn = Conversation.objects.start(user, "Hello", uuid.uuid4().hex, model)
    Turn.objects.filter(pk=turn.pk).update(status="complete", finished=timezone.now())
    turn.refresh_from_db()
    return turn


@pytest.mark.parametrize("field", ["model", "beside"])
def test_no_form_takes_another_s_model(browser_of, guest, common, shared, field):
    turn = talk(guest, common)
    place, message = turn.message.conversation.get_absolute_url(), turn.message
    doors = ["/conversations/", f"{place}messages/", f"/messages/{message.parent_id}/edit/"]
    doors += [f"/turns/{turn.pk}/retry/", f"/messages/{message.parent_id}/answer/"] * (field == "model")
    for door in doors:
        answer = browser_of(guest).post(door, {"text": "Hi", "key": uuid.uuid4().hex, field: shared.pk})
        assert answer.status_code == 422, door
        assert NOT_YOURS in answer.content.decode(), door
    assert not Turn.objects.exclude(pk=turn.pk).exists()


def test_a_conversation_whose_model_was_taken_away_goes_on_with_the_first(owner, common, shared):
    turn = talk(owner, shared)
    owner.groups.clear()
    assert turn.message.conversation.ask("And now?", "key").model == common


@pytest.mark.parametrize("again", ["answer_again", "answer_on"])
def test_a_reply_of_such_a_model_is_not_made_again_by_it(owner, common, shared, again):
    turn = talk(owner, shared)
    owner.groups.clear()
    with pytest.raises(Refused, match=NOT_YOURS):
        getattr(turn.message.conversation, again)(turn, "key")


def test_nor_is_one_started_with_it_past_the_forms(guest, common, shared):
    for models in ({"model": shared}, {"model": common, "beside": shared}):
        with pytest.raises(Refused, match=NOT_YOURS):
            Conversation.objects.start(guest, "Hello", uuid.uuid4().hex, **models)
    assert not Conversation.objects.exists()


def test_none_stands_in_for_another_where_it_may_not_be_used(owner, guest, common, shared):
    common.fallback = shared
    common.save()
    busy = ProviderError("Busy.", reason="overloaded", retryable=True)
    for user, stands_in in ((owner, shared), (guest, None)):
        turn = Conversation.objects.start(user, "Hello", uuid.uuid4().hex, common)
        assert turn.lease(60, "")
        prepared = fall_back(turn, busy)
        assert (prepared.model if prepared else None) == stands_in


def test_no_imported_conversation_goes_on_with_it(owner, guest, common, shared):
    assert "shared" in _models(owner)
    assert "shared" not in _models(guest)
