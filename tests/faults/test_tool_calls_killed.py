"""The process dies in each state of a call, and somebody goes on: nothing that has an effect happens twice."""

from tests.faults.called import ask, done, parts, reaches, uses, written
from tests.faults.callers import TOOLS, caller, calling, once_stuck
from tests.faults.oracles import ends, eventually
from tests.faults.scripts import quick

SCRIPTS = {
    "caller": caller,
    "quick": quick,
    "writing": once_stuck(caller, before_results=True),
    "between": once_stuck(caller, before_results=False),
}
ENVIRONMENT = {"TOOLS": TOOLS, "TURN_FIRST_TOKEN_SECONDS": "30", "TURN_IDLE_SECONDS": "30"}
ALLOW = "UPDATE chat_tooluse SET allowed = TRUE WHERE turn_id = ?"


async def goes_on(world, alice, viewer, turn):
    page = await alice.act(turn, "continue")
    assert page.status == 303
    await viewer.load()
    return world.last(viewer).turn


async def test_a_kill_in_each_state_of_a_call_and_then_continue(mortal, enter):
    alice = await enter(mortal, "alice")
    press = ("press", {"label": "effect", "seconds": 60})
    chats = {
        "writing": await ask(mortal, alice, calling(("press", {"label": "written"})), "writing"),
        "asking": await ask(mortal, alice, calling(("press_if_allowed", {"label": "asked"}))),
        "effect": await ask(mortal, alice, calling(press, ("press", {"label": "beside"}))),
        "none": await ask(mortal, alice, calling(("wait", {"label": "no effect", "seconds": 2}))),
        "between": await ask(mortal, alice, calling(("press", {"label": "before"})), "between"),
    }
    await eventually(lambda: written(mortal, chats["writing"]), 10, "a call to be written")
    await reaches(mortal, chats["asking"], "asking")
    await reaches(mortal, chats["effect"], "done", "c1")
    await mortal.asked("between", 2)
    await eventually(lambda: {"effect", "no effect"} <= set(done(mortal)), 10, "tools to run")
    turns = {name: mortal.last(viewer).turn for name, viewer in chats.items()}
    mortal.product.kill()
    mortal.product.start()
    rows = {name: await ends(mortal.ledger, turn) for name, turn in turns.items()}
    left = {name: {use[1] for use in uses(mortal, turn).values()} for name, turn in turns.items()}
    assert {row.status for row in rows.values()} == {"interrupted"}
    assert left == {
        "writing": set(),
        "asking": {"asking"},
        "effect": {"unknown", "done"},
        "none": {"unknown"},
        "between": {"done"},
    }
    assert all(parts(mortal, row) for row in rows.values()), "what was seen of it is kept"

    onward = {name: await goes_on(mortal, alice, viewer, turns[name]) for name, viewer in chats.items()}
    await reaches(mortal, chats["asking"], "asking")
    assert "asked" not in done(mortal)
    mortal.ledger.write(ALLOW, [onward["asking"].replace("-", "")])
    texts = {name: (await mortal.outcome(viewer)).text for name, viewer in chats.items()}
    happened = done(mortal)
    for label in ("written", "asked", "effect", "beside", "before"):
        assert happened.count(label) == 1, f"{label} has an effect"
    assert happened.count("no effect") == 2, "what changes nothing is done again"
    assert "may or may not have happened" in texts["effect"]
    assert texts["effect"].endswith("beside is pressed")
    assert texts["none"] == "Results: no effect has waited"
    assert texts["between"] == "Results: before is pressed"
    assert texts["writing"] == "Results: written is pressed"
    assert texts["asking"].startswith("Results: asked is pressed")
