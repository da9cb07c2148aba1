"""Calls of tools through the running product: what becomes of them, and what the model is told."""

import asyncio
import json

import pytest

from tests.faults.called import ask, done, parts, reaches, uses, written
from tests.faults.callers import TOOLS, caller, calling, insatiable, once_stuck, results, thinker
from tests.faults.oracles import eventually
from tests.faults.scripts import quick

SCRIPTS = {
    "caller": caller,
    "insatiable": insatiable,
    "thinker": thinker,
    "quick": quick,
    "stuck in writing": once_stuck(caller, before_results=True),
}
ENVIRONMENT = {
    "TOOLS": TOOLS,
    "TOOL_SECONDS": "2",
    "TOOL_ROUNDS": "3",
    "TOOL_APPROVAL_SECONDS": "6",
    "TURN_FIRST_TOKEN_SECONDS": "8",
    "TURN_IDLE_SECONDS": "30",
}


async def test_calls_of_one_round_are_made_and_their_results_go_back_in_order(world, alice):
    slow, sum_ = ("wait", {"label": "slow", "seconds": 0.3}), ("calculator", {"expression": "6*7"})
    viewer = await ask(world, alice, calling(slow, sum_))
    row = await world.outcome(viewer)
    assert (row.status, row.text) == ("complete", "Results: slow has waited | 6*7 = 42")
    request = world.models.asked("caller")[-1]
    assert results(request) == ["slow has waited", "6*7 = 42"]
    called = next(m for m in reversed(request.body["messages"]) if m.get("tool_calls"))
    assert [json.loads(c["function"]["arguments"]) for c in called["tool_calls"]] == [slow[1], sum_[1]]
    assert [part["type"] for part in parts(world, row)] == [
        *("tool_call", "tool_call", "tool_result", "tool_result", "text")
    ]
    events = world.ledger.events(row.conversation)
    assert [e["status"] for e in events if e["type"] == "tool.result" and e["call"] == "c1"] == [
        *("running", "done")
    ]


async def test_wrong_calls_are_results_that_help_and_hide_what_is_ours(world, alice):
    wrong = [
        ("launch", {}),
        ("calculator", '{"expression": '),
        ("calculator", "[1]"),
        ("calculator", {"sum": "1+1"}),
        ("broken", {}),
    ]
    viewer = await ask(world, alice, calling(*wrong))
    row = await world.outcome(viewer)
    assert row.status == "complete"
    no_tool, no_json, no_object, no_schema, broken = results(world.models.asked("caller")[-1])
    assert "no tool of this name. The tools are: broken, calculator, much" in no_tool
    assert "not valid JSON" in no_json
    assert "one JSON object" in no_object
    assert "expression: Field required" in no_schema
    assert "failed" in broken
    assert "canary" not in broken
    assert {status for _, status, _ in uses(world, row.turn).values()} == {"failed"}


async def test_ten_megabytes_are_cut_and_a_tool_that_hangs_is_left(world, alice):
    viewer = await ask(world, alice, calling(("much", {"size": 10_000_000}), ("wait", {"label": "hangs"})))
    row = await world.outcome(viewer)
    assert row.status == "complete"
    much, hangs = results(world.models.asked("caller")[-1])
    assert len(much) < 33_000
    assert "characters of this result were left out" in much
    assert hangs == "The tool did not answer within 2 seconds."


async def test_a_model_that_calls_without_end_has_to_answer_at_last(world, alice):
    viewer = await ask(world, alice, "Go.", "insatiable")
    row = await world.outcome(viewer)
    assert (row.status, row.text) == ("complete", "Enough.")
    asked = world.models.asked("insatiable")
    assert [bool(request.body.get("tools")) for request in asked] == [True, True, True, False]
    assert len(uses(world, row.turn)) == 3


async def test_a_thought_is_told_apart_from_the_answer_and_never_sent_back(world, alice):
    viewer = await ask(world, alice, "Think.", "thinker")
    row = await world.outcome(viewer)
    thought, text = parts(world, row)
    assert (thought["type"], thought["text"]) == ("reasoning", "First this, then that.")
    assert 0.1 < thought["seconds"] < 5
    assert (text["text"], row.text) == ("Done.", "Done.")
    await alice.ask(viewer.conversation, "And?", model=world.names["thinker"])
    await viewer.load()
    await world.outcome(viewer)
    assert "First this" not in json.dumps(world.models.asked("thinker")[-1].body)


@pytest.mark.parametrize(
    ("allowed", "status", "said"), [(True, "done", "is pressed for"), (False, "denied", "did not allow")]
)
async def test_a_call_waits_until_somebody_has_decided_in_whichever_process(
    world, alice, allowed, status, said
):
    label = f"asked {allowed}"
    viewer = await ask(world, alice, calling(("press_if_allowed", {"label": label})))
    turn = await reaches(world, viewer, "asking")
    assert label not in done(world)
    world.ledger.write(
        "UPDATE chat_tooluse SET allowed = ? WHERE turn_id = ?", [allowed, turn.replace("-", "")]
    )
    row = await world.outcome(viewer)
    assert uses(world, turn)["c0"][1] == status
    assert said in row.text
    assert done(world).count(label) == int(allowed)


async def test_a_call_that_nobody_decides_on_is_not_made_and_the_reply_goes_on(world, alice):
    viewer = await ask(world, alice, calling(("press_if_allowed", {"label": "undecided"})))
    row = await world.outcome(viewer)
    assert row.text == "Results: Nobody answered in time whether this call is allowed, so it was not made."
    assert uses(world, row.turn)["c0"][1] == "denied"
    assert "undecided" not in done(world)


@pytest.mark.parametrize(
    ("model", "call", "state", "ended"),
    [
        ("stuck in writing", ("wait", {"label": "w"}), None, None),
        ("caller", ("press_if_allowed", {"label": "stopped"}), "asking", "denied"),
        ("caller", ("press", {"label": "held", "seconds": 1.9}), "running", "failed"),
    ],
)
async def test_a_stop_ends_a_reply_in_each_state_of_a_call(world, alice, model, call, state, ended):
    viewer = await ask(world, alice, calling(call), model)
    turn = world.last(viewer).turn
    if state:
        await reaches(world, viewer, state)
    else:
        await eventually(lambda: written(world, viewer), 10, "a call to be written")
    await alice.act(turn, "stop")
    row = await world.outcome(viewer)
    assert row.status == "stopped"
    assert {status for _, status, _ in uses(world, turn).values()} == ({ended} if ended else set())
    if state == "running":
        assert "held let go" in done(world), "it is not left running"
    if state == "asking":
        assert "stopped" not in done(world)


async def test_a_model_that_fails_before_its_first_word_has_another_stand_in(world, alice):
    world.connect("nobody", "http://127.0.0.1:9/v1", ["absent"])
    world.ledger.write(
        "UPDATE chat_model SET fallback_id = ? WHERE id = ?", [world.names["quick"], world.names["absent"]]
    )
    viewer = await world.begin(alice, "absent")
    row = await world.outcome(viewer)
    assert (row.status, row.text) == ("complete", "Done.")
    (asked,) = world.ledger.query(
        "SELECT f.name, m.name FROM chat_turn t JOIN chat_model f ON f.id = t.asked_first_id"
        " JOIN chat_model m ON m.id = t.model_id WHERE t.id = ?",
        [row.turn.replace("-", "")],
    )
    assert asked == ("absent", "quick")


async def test_several_at_once_do_not_disturb_one_another(world, alice):
    sums = [calling(("calculator", {"expression": f"{n}*{n}"})) for n in range(5)]
    viewers = await asyncio.gather(*(ask(world, alice, each) for each in sums))
    rows = [await world.outcome(viewer) for viewer in viewers]
    assert [row.text for row in rows] == [f"Results: {n}*{n} = {n * n}" for n in range(5)]
