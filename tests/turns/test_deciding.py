"""What a person says to a call that asks, and what is remembered of it."""

import pytest

from chat.models import Conversation, Model, Provider, Tool, ToolConsent, ToolUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(owner):
    """A call of a tool that asks, in a turn that runs."""
    provider = Provider.objects.create(name="Test", kind="demo")
    model = Model.objects.create(provider=provider, name="demo", is_default=True)
    turn = Conversation.objects.start(owner, "Do it.", "key", model)
    turn.lease(10, "")

    def ask(call, approval="first", status="asking"):
        tool, _ = Tool.objects.get_or_create(name=approval, defaults={"approval": approval})
        return ToolUse.objects.create(
            turn=turn, call=call, tool=tool, name=tool.name, arguments="{}", status=status
        )

    return ask


def said(use):
    return ToolUse.objects.get(pk=use.pk).allowed


@pytest.mark.parametrize("allowed", [True, False])
def test_it_is_decided_once(asked, allowed):
    use = asked("a")
    assert use.decide(allowed)
    assert not use.decide(not allowed)
    assert said(use) is allowed
    assert [each.call for each in ToolUse.objects.decided([use.turn_id])] == ["a"]


@pytest.mark.parametrize("status", ["running", "done", "failed", "denied", "unknown"])
def test_what_asks_no_more_cannot_be_decided(asked, status):
    use = asked("a", status=status)
    assert not use.decide(True)
    assert said(use) is None


def test_what_asks_in_a_turn_that_is_over_cannot_be_decided(asked):
    use = asked("a")
    use.turn.finish("interrupted", text="")
    assert not use.decide(True)


def test_to_remember_is_to_allow_what_asks_beside_it_and_to_be_asked_no_more(asked):
    use, beside, other = asked("a"), asked("b"), asked("c", "always")
    assert use.decide(True, remember=True)
    assert (said(use), said(beside), said(other)) == (True, True, None)
    assert [consent.tool.name for consent in ToolConsent.objects.all()] == ["first"]


@pytest.mark.parametrize(
    ("approval", "allowed", "remember"),
    [("always", True, True), ("first", False, True), ("first", True, False)],
)
def test_nothing_else_is_remembered(asked, approval, allowed, remember):
    use, beside = asked("a", approval), asked("b", approval)
    use.decide(allowed, remember=remember)
    assert said(beside) is None
    assert not ToolConsent.objects.exists()


def test_a_stranger_does_not_find_it(asked, owner, stranger):
    use = asked("a")
    assert list(ToolUse.objects.visible_to(owner)) == [use]
    assert not ToolUse.objects.visible_to(stranger)
