"""What tests of tools ask of a world: chats in which tools are offered, and what became of the calls."""

import json

from tests.faults.oracles import eventually

OFFERED = ["wait", "press", "press_if_allowed", "much", "broken", "calculator"]


async def offer(world, viewer, names=OFFERED):
    settings = json.dumps({"tools": names})
    key = viewer.conversation.replace("-", "")
    world.ledger.write("UPDATE chat_conversation SET settings = ? WHERE id = ?", [settings, key])


async def ask(world, alice, question, model="caller"):
    """A chat in which every tool is offered, and this is asked."""
    viewer = await world.begin(alice, "quick")
    await world.outcome(viewer)
    await offer(world, viewer)
    page = await alice.ask(viewer.conversation, question, model=world.names[model])
    assert page.status == 303
    await viewer.load()
    return viewer


def uses(world, turn):
    rows = world.ledger.query(
        "SELECT call, name, status, result FROM chat_tooluse WHERE turn_id = ? ORDER BY call",
        [turn.replace("-", "")],
    )
    return {call: (name, status, result) for call, name, status, result in rows}


def parts(world, row):
    (value,) = world.ledger.query(
        "SELECT parts FROM chat_message WHERE id = ?", [row.message.replace("-", "")]
    )[0]
    return json.loads(value)


def written(world, viewer):
    """Whether the last turn has begun to write a call."""
    turn = world.last(viewer).turn
    events = world.ledger.events(viewer.conversation)
    return any(event["type"] == "tool.call" and event["turn"] == turn for event in events)


def done(world):
    path = world.product.data / "done"
    return path.read_text().split("\n") if path.exists() else []


async def reaches(world, viewer, status, call="c0", seconds=15):
    turn = world.last(viewer).turn

    def there():
        return uses(world, turn).get(call, ("", "", ""))[1] == status

    await eventually(there, seconds, f"{call} to be {status}")
    return turn
