"""A checkpoint that was under way when its turn ended does not take back the end."""

import threading

import pytest
from django.db import connection

from chat.models import Conversation, Message, Model, Provider, Turn
from chat.turns.leases import Checkpoint, _keep_in_database

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_end_of_a_turn_outlives_a_checkpoint_that_began_before_it(owner):
    provider = Provider.objects.create(name="Test", kind="demo")
    model = Model.objects.create(provider=provider, name="demo", is_default=True)
    turn = Conversation.objects.start(owner, "Go on.", "key", model)
    turn.lease(10, "")
    ending = threading.Thread(target=end, args=[turn.pk])

    def meanwhile(execute, sql, *arguments):
        """It holds the checkpoint up for as long as the end takes, or for as long as the end waits for it."""
        if sql.startswith("UPDATE chat_message") and not ending.is_alive():
            ending.start()
            ending.join(0.5)
        return execute(sql, *arguments)

    late = Checkpoint(turn.pk, turn.message_id, "half", [], "e:1")
    with connection.execute_wrapper(meanwhile):
        _keep_in_database({turn.pk: turn.lease_token}, False, [late])
    ending.join()
    assert Message.objects.get(pk=turn.message_id).text == "half and half"
    assert Turn.objects.get(pk=turn.pk).status == "complete"


def end(turn):
    Turn.objects.get(pk=turn).finish("complete", text="half and half")
    connection.close()
