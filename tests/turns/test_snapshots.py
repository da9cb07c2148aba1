"""What a page shows of a reply whose log has begun anew before its runner has told where it stands."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from chat.events import TextDelta
from chat.journal import journal
from chat.live import NOWHERE
from chat.models import Conversation, Message, Model, Provider, Turn
from chat.snapshots import snapshot

pytestmark = pytest.mark.usefixtures("_journal_in_memory")


@pytest.fixture
def turn(owner):
    """Running. Its row has one word, the log of an epoch that has ended another."""
    model = Model.objects.create(provider=Provider.objects.create(name="Demo", kind="demo"), name="demo")
    conversation = Conversation.objects.create(user=owner, title="Why?")
    question = Message.objects.create(conversation=conversation, role="user", text="Why?")
    answer = Message.objects.create(conversation=conversation, parent=question, role="assistant")
    conversation.leaf = answer
    conversation.save()
    turn = Turn.objects.create(message=answer, user=owner, key="k", model=model)
    assert turn.lease(60, "")
    place = asyncio.run(_say(turn, "one "))
    assert turn.write_checkpoint("one ", str(place))
    asyncio.run(_say(turn, "two "))
    asyncio.run(journal().restart(conversation.topic))
    return turn


async def _say(turn, word):
    topic = turn.message.conversation.topic
    return await journal().append(topic, [TextDelta(str(turn.pk), word)])


def _shown(turn):
    return snapshot(turn.message.conversation).path[-1].text


def test_what_is_left_of_the_old_log_joins_the_row(turn):
    assert _shown(turn) == "one two "


def test_a_runner_that_writes_its_row_and_goes_on_meanwhile_makes_no_hole(turn, monkeypatch):
    remains = journal().remains

    async def late(topic, after):
        """What is left is looked up after the runner has written all it has, and has said more in an epoch of its own."""
        monkeypatch.setattr(journal(), "remains", remains)
        await sync_to_async(turn.write_checkpoint)("one two three ", str(NOWHERE))
        place = await journal().restart(topic)
        await sync_to_async(turn.write_checkpoint)("one two three ", str(place))
        await _say(turn, "four ")
        return await remains(topic, after)

    monkeypatch.setattr(journal(), "remains", late)
    assert _shown(turn) == "one two three four "
