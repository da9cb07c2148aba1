"""Two processes on one database: whoever holds the lease writes, and nobody else."""

import uuid

import pytest

from tests.faults.oracles import asleep, ends, eventually, exact, kept
from tests.faults.scripts import endless, paced, silent_after_headers, words
from tests.viewers import Viewer

SCRIPTS = {"endless": endless, "long": paced(150), "silent": silent_after_headers}
ENVIRONMENT = {"TURN_FIRST_TOKEN_SECONDS": "60"}


@pytest.fixture
def other(mortal):
    with mortal.product.beside() as other:
        yield other


@pytest.mark.parametrize("door", ["socket", "stream", "poll"])
async def test_a_reply_made_by_one_process_is_read_through_another(mortal, other, enter, door):
    alice = await enter(mortal, "alice")
    viewer = await mortal.begin(alice, "long")
    away = await enter(mortal, "alice", url=other.url)
    elsewhere = Viewer(away, viewer.conversation, door)
    turn = mortal.last(viewer).turn
    await elsewhere.load()
    await elsewhere.finish(turn)
    await viewer.finish(turn)
    row = mortal.last(viewer)
    await exact(mortal.ledger, row, [viewer, elsewhere], alice)
    assert row.text == words(150)


async def test_c9_stop_reaches_the_runner_from_another_process(mortal, other, enter):
    alice = await enter(mortal, "alice")
    viewer = await mortal.begin(alice, "endless")
    await viewer.watch(lambda v: len(v.text) > 40)
    away = await enter(mortal, "alice", url=other.url)
    page = await away.act(mortal.last(viewer).turn, "stop")
    assert page.status == 303
    row = await mortal.outcome(viewer)
    assert row.status == "stopped"
    await eventually(lambda: mortal.models.asked("endless")[0].gone, 2, "the connection to the model server")


async def test_a_runner_that_lost_its_lease_can_write_nowhere(mortal, other, enter):
    """It sleeps past its lease, another process settles the turn, and it wakes up in the middle of its stream."""
    away = await enter(mortal, "alice", url=other.url)
    alice = await enter(mortal, "alice")
    viewer = await mortal.begin(alice, "endless")
    await viewer.watch(lambda v: len(v.text) > 40)
    seen, turn = viewer.text, mortal.last(viewer).turn
    async with asleep(mortal.product, mortal.ledger):
        row = await ends(mortal.ledger, turn, 15)
    assert (row.status, row.reason) == ("interrupted", "server")
    kept(seen, row)
    await eventually(lambda: mortal.models.asked("endless")[0].gone, 5, "the sleeper to give up")
    later = mortal.ledger.turn(turn)
    assert (later.status, later.text) == (row.status, row.text)
    elsewhere = Viewer(away, viewer.conversation)
    await elsewhere.load()
    await exact(mortal.ledger, later, [elsewhere], away)


async def test_a_turn_of_which_nobody_saw_a_token_begins_again_once(mortal, other, enter):
    away = await enter(mortal, "alice", url=other.url)
    alice = await enter(mortal, "alice")
    viewer = await mortal.begin(alice, "silent")
    turn = mortal.last(viewer).turn
    await mortal.asked("silent", times=1)
    mortal.product.kill()
    await mortal.asked("silent", times=2, seconds=15)
    assert mortal.ledger.turn(turn).attempt == 2
    other.kill()
    mortal.product.start()
    row = await ends(mortal.ledger, turn, 15)
    assert (row.status, row.reason) == ("interrupted", "server")
    assert len(mortal.models.asked("silent")) == 2
    assert away.url == other.url


async def test_a_turn_that_was_queued_by_a_process_that_died_is_run(mortal, enter):
    """The commit was made, and the process was gone before it could begin."""
    alice = await enter(mortal, "alice")
    conversation = await alice.start("Go on.", model=mortal.names["long"])
    await Viewer(alice, conversation).finish()
    mortal.product.kill()
    turn, message = uuid.uuid4().hex, uuid.uuid4().hex
    copied = "conversation_id, parent_id, role, '[]', '', '', created"
    mortal.ledger.write(
        "INSERT INTO chat_message (id, conversation_id, parent_id, role, parts, text, html, created)"
        f" SELECT ?, {copied} FROM chat_message WHERE conversation_id = ? AND role = 'assistant'",
        [message, conversation.replace("-", "")],
    )
    columns = mortal.ledger.columns("chat_turn")
    fresh = {
        "id": f"'{turn}'",
        "message_id": f"'{message}'",
        "key": f"'{turn}'",
        "status": "'queued'",
        "lease_token": "0",
        "announced": "FALSE",
        "checkpoint": "''",
        **dict.fromkeys(("finished", "started", "first_token", "lease_until"), "NULL"),
    }
    mortal.ledger.write(
        f"INSERT INTO chat_turn ({', '.join(columns)}) SELECT "
        f"{', '.join(fresh.get(name, name) for name in columns)} FROM chat_turn"
    )
    mortal.product.start()
    row = await ends(mortal.ledger, str(uuid.UUID(turn)))
    assert (row.status, row.text) == ("complete", words(150))
