"""An earlier reply as the next request tells of it: in rounds, with calls and results, and without thoughts."""

import pytest

from chat.models import Conversation, Model, Provider, Tool, ToolUse, Turn
from chat.providers.base import Said, ToolCall, ToolResult, ToolSpec
from chat.turns.history import NOT_MADE, begun, said_of
from chat.turns.prompt import CONTINUE, prompt_for
from chat.turns.toolbox import tools_of

CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object"})


def reasoning(text="Hm."):
    return {"type": "reasoning", "text": text, "seconds": 1.0}


def text(words):
    return {"type": "text", "text": words}


def called(call="a", name="clock", arguments="{}"):
    return {"type": "tool_call", "call": call, "name": name, "arguments": arguments}


def result(call="a", words="noon", status="done"):
    return {"type": "tool_result", "call": call, "status": status, "text": words, "seconds": 0.1}


def echo(kind="anthropic"):
    return {"type": "echo", "kind": kind, "data": {"signature": kind}}


TWO_ROUNDS = [reasoning(), echo(), text("I look."), called(), result(), reasoning(), text("\n\nNoon.")]


def test_a_reply_is_told_round_by_round_and_its_thoughts_are_not():
    assert said_of(TWO_ROUNDS) == [
        Said("assistant", "I look.", calls=[ToolCall("a", "clock", "{}")], echo=[]),
        Said("user", "", results=[ToolResult("a", "noon")]),
        Said("assistant", "Noon.", calls=[], echo=[]),
    ]


def test_what_a_provider_wants_to_see_again_goes_to_its_own_kind_alone():
    assert said_of(TWO_ROUNDS, "anthropic")[0].echo == [{"signature": "anthropic"}]
    assert said_of(TWO_ROUNDS, "openai")[0].echo == []


@pytest.mark.parametrize("status", ["", "asking", "running"])
def test_a_call_without_an_end_has_a_result_that_says_so(status):
    for parts in ([called()], [called(), result(status=status)]):
        assert said_of(parts)[-1].results == [ToolResult("a", NOT_MADE, is_error=True)]


def test_results_stand_in_the_order_of_their_calls():
    parts = [called("a"), called("b"), result("b", "two"), result("a", "one", "failed")]
    assert said_of(parts)[-1].results == [ToolResult("a", "one", is_error=True), ToolResult("b", "two")]


@pytest.fixture
def model(db):
    provider = Provider.objects.create(name="Test", kind="anthropic")
    return Model.objects.create(
        provider=provider, name="m", is_default=True, parameters={"top_p": 0.5, "k": 1}
    )


@pytest.fixture
def replied(owner, model):
    """A conversation with a reply of these parts."""

    def make(parts, status="complete"):
        turn = Conversation.objects.start(owner, "What time is it?", "first", model)
        turn.lease(10, "")
        words = "".join(part["text"] for part in parts if part["type"] == "text")
        assert turn.finish(status, text=words, parts=parts)
        return Turn.objects.get(pk=turn.pk)

    return make


def onward(turn):
    again = turn.message.conversation.answer_on(turn, "on")
    return prompt_for(again, [CLOCK], begun(turn)).messages


def test_the_next_question_comes_with_all_of_it_where_tools_are_offered(replied):
    turn = replied(TWO_ROUNDS)
    asked = turn.message.conversation.ask("And now?", "next")
    assert [said.role for said in prompt_for(asked, [CLOCK]).messages] == [
        *("user", "assistant", "user", "assistant", "user")
    ]
    assert prompt_for(asked, [CLOCK]).messages[1].echo == [{"signature": "anthropic"}]
    plain = prompt_for(asked).messages
    assert [said.text for said in plain] == ["What time is it?", "I look.\n\nNoon.", "And now?"]
    assert not any(said.calls or said.results for said in plain)


def test_what_was_interrupted_or_another_models_is_not_echoed(replied, model):
    turn = replied(TWO_ROUNDS, "interrupted")
    asked = turn.message.conversation.ask("And now?", "next")
    assert prompt_for(asked, [CLOCK]).messages[1].echo == []


def test_parameters_of_the_model_lie_below_those_of_the_conversation(replied):
    turn = replied([text("Noon.")])
    turn.message.conversation.configure({"top_p": 0.9})
    asked = turn.message.conversation.ask("And now?", "next")
    assert prompt_for(asked).parameters == {"top_p": 0.9, "k": 1}


def use(turn, call, status, has_effects=True):
    tool = Tool.objects.create(name=f"tool-{call}", has_effects=has_effects)
    ToolUse.objects.create(turn=turn, call=call, tool=tool, name="clock", arguments="{}", status=status)


def test_to_go_on_after_results_is_to_let_the_model_speak(replied):
    turn = replied([called(), result()], "interrupted")
    use(turn, "a", "done")
    assert [said.role for said in onward(turn)] == ["user", "assistant", "user"]
    assert onward(turn)[-1].results == [ToolResult("a", "noon")]


def test_to_go_on_in_a_call_that_was_never_written_down_leaves_it_out(replied):
    turn = replied([text("I look."), called()], "interrupted")
    assert [said.text for said in onward(turn)] == ["What time is it?", "I look.", CONTINUE]


@pytest.mark.parametrize(
    ("status", "has_effects", "is_open"),
    [
        ("asking", True, True),
        ("unknown", False, True),
        ("unknown", True, False),
        ("denied", True, False),
    ],
)
def test_to_go_on_makes_those_calls_that_can_be_made_again(replied, status, has_effects, is_open):
    turn = replied([called("a"), called("b"), result("a"), result("b", "?", status)], "interrupted")
    use(turn, "a", "done")
    use(turn, "b", status, has_effects)
    last = onward(turn)[-1]
    assert [call.id for call in last.calls] == (["a", "b"] if is_open else [])
    assert bool(last.results) is not is_open


def test_a_conversation_has_the_tools_that_never_ask_or_those_that_it_names(replied):
    turn = replied([text("Noon.")])
    for name, approval in (("plain", "never"), ("asks", "always"), ("off", "never")):
        Tool.objects.create(name=name, approval=approval, enabled=name != "off")
    conversation = turn.message.conversation
    assert [tool.name for tool in tools_of(turn)] == ["plain"]
    conversation.settings = {"tools": ["asks", "off", "nonsense"]}
    assert [tool.name for tool in tools_of(turn)] == ["asks"]
    conversation.settings = {"tools": []}
    assert tools_of(turn) == []
    turn.model.takes_tools = False
    conversation.settings = {}
    assert tools_of(turn) == []
