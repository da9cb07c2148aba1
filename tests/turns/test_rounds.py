"""Rounds of answers and of what their calls bring, with a provider that is a script and a toolbox that remembers."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from chat.providers.base import (
    Echo,
    Finish,
    Prompt,
    ProviderError,
    Reasoning,
    Said,
    Text,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolSpec,
    Waiting,
)
from chat.turns.engine import run
from tests.turns.test_engine import BUSY, LIMITS, Scripted, text_of

ROUNDS = replace(LIMITS, rounds=3)
CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object"})
PROMPT = Prompt("m", [Said("user", "What time is it?")], tools=[CLOCK])
CALLED = Finish("tool_calls")
DONE = [Text("Noon."), Finish("stop")]


class Asked(Scripted):
    """Remembers each prompt."""

    def __init__(self, *scripts):
        super().__init__(*scripts)
        self.prompts = []

    async def stream(self, prompt):
        self.prompts.append(prompt)
        async with aclosing(super().stream(prompt)) as parts:
            async for part in parts:
                yield part


class Box:
    """Answers each call with its arguments, after so many seconds."""

    def __init__(self, seconds=0.0, waits=0.0):
        self.waited, self.calls = 0.0, []
        self._seconds, self._waits = seconds, waits

    async def answer(self, calls):
        self.calls.append(list(calls))
        await asyncio.sleep(self._seconds)
        self.waited += self._waits
        return [ToolResult(call.id, f"{call.name}: {call.arguments}") for call in calls]


def call(index=0, id="a", name="clock", arguments="{}"):
    return ToolCallDelta(index, id, name, arguments)


async def heard(provider, box, limits=ROUNDS, prompt=PROMPT):
    parts, error = [], None
    try:
        async for part in run(provider, prompt, limits, box):
            parts.append(part)
    except ProviderError as raised:
        error = raised
    return parts, error


async def test_what_a_call_brings_goes_into_the_next_request_with_all_that_led_to_it():
    first = [Reasoning("Hm."), Echo({"signature": "s"}), Text("Let me see."), call(), CALLED]
    provider, box = Asked(first, DONE), Box()
    parts, error = await heard(provider, box)
    assert (error, parts) == (None, [*first, *DONE])
    assert box.calls == [[ToolCall("a", "clock", "{}")]]
    assert list(provider.prompts[1].messages) == [
        *PROMPT.messages,
        Said("assistant", "Let me see.", calls=[ToolCall("a", "clock", "{}")], echo=[{"signature": "s"}]),
        Said("user", "", results=[ToolResult("a", "clock: {}")]),
    ]
    assert (provider.asked, provider.closed) == (2, 2)


async def test_pieces_are_put_together_by_index_whatever_their_order():
    pieces = [
        ToolCallDelta(1, "", "second", '{"b"'),
        ToolCallDelta(0, "", "", ""),
        ToolCallDelta(1, arguments=": 2}"),
        ToolCallDelta(0, "", "first", '{"a": '),
        ToolCallDelta(0, "late", "", "1}"),
        CALLED,
    ]
    box = Box()
    parts, error = await heard(Asked(pieces, DONE), box)
    assert error is None
    assert [(made.name, made.arguments) for made in box.calls[0]] == [
        ("first", '{"a": 1}'),
        ("second", '{"b": 2}'),
    ]
    told: dict[str, str] = {}
    for part in parts:
        if isinstance(part, ToolCallDelta):
            told[part.id] = told.get(part.id, "") + part.arguments
    assert told == {made.id: made.arguments for made in box.calls[0]}, "what is told has the final ids"
    assert all(told)


@pytest.mark.parametrize("id", ["", "a b", "x" * 200, "line\nbreak"])
async def test_an_id_that_cannot_stand_anywhere_is_replaced(id):
    box = Box()
    await heard(Asked([call(id=id), CALLED], DONE), box)
    assert box.calls[0][0].id.startswith("call_")


async def test_a_server_that_counts_its_calls_anew_each_time_confuses_nobody():
    box = Box()
    await heard(Asked([call(id="0"), CALLED], [call(id="0"), CALLED], DONE), box)
    first, second = (made[0].id for made in box.calls)
    assert first == "0" != second


async def test_a_call_without_a_name_is_told_of_at_the_end():
    box = Box()
    parts, error = await heard(Asked([call(name=""), CALLED], DONE), box)
    assert error is None
    assert parts[0] == call(name="")
    assert box.calls[0][0].name == ""


async def test_calls_of_one_round_go_to_the_toolbox_together_whatever_the_server_calls_its_end():
    box = Box()
    await heard(Asked([call(0, "a"), call(1, "b"), Finish("stop")], DONE), box)
    assert [[made.id for made in calls] for calls in box.calls] == [["a", "b"]]


async def test_the_last_time_there_are_no_tools_left_to_call():
    calling = [call(id=""), CALLED]
    provider, box = Asked(calling, calling, calling, DONE), Box()
    parts, error = await heard(provider, box)
    assert (error, parts[-1], len(box.calls)) == (None, Finish("stop"), 3)
    assert [bool(prompt.tools) for prompt in provider.prompts] == [True, True, True, False]


async def test_a_model_that_never_answers_is_told_apart_from_one_that_does():
    _, error = await heard(Asked([call(id=""), CALLED]), box := Box())
    assert (error.reason, error.cut, len(box.calls)) == ("tools", True, 3)


async def test_a_call_where_there_are_no_tools_is_a_plain_error():
    _, error = await heard(Asked([call(), CALLED]), None)
    assert (error.reason, error.cut) == ("tools", True)


@pytest.mark.parametrize("reason", ["length", "content_filter", "refusal"])
async def test_a_call_that_broke_off_is_not_made(reason):
    box = Box()
    parts, error = await heard(Asked([Text("I will"), call(arguments='{"a'), Finish(reason)]), box)
    assert (error, box.calls, parts[-1]) == (None, [], Finish(reason))


async def test_arguments_count_towards_what_a_reply_may_be():
    endless = [call(arguments="")] + [ToolCallDelta(0, arguments="x" * 10)] * 1000
    box = Box()
    parts, error = await heard(Asked([Text("a"), *endless]), box)
    assert (error, parts[-1], box.calls) == (None, Finish("length"), [])
    assert sum(len(part.arguments) for part in parts if isinstance(part, ToolCallDelta)) <= LIMITS.max_bytes


async def test_the_models_deadlines_stand_still_while_tools_run():
    box = Box(seconds=LIMITS.first_token + 0.2)
    parts, error = await heard(Asked([call(), CALLED], DONE), box)
    assert (error, text_of(parts)) == (None, "Noon.")


async def test_the_time_of_a_tool_counts_and_that_of_a_person_does_not():
    limits = replace(ROUNDS, total=0.3)
    _, error = await heard(Asked([call(), CALLED], [0.1, *DONE]), Box(seconds=0.35), limits)
    assert error.reason == "total"
    parts, error = await heard(Asked([call(), CALLED], [0.1, *DONE]), Box(seconds=0.35, waits=0.35), limits)
    assert (error, text_of(parts)) == (None, "Noon.")


async def test_a_later_round_is_asked_for_again_while_nothing_of_it_has_come():
    parts, error = await heard(Asked([call(), CALLED], [BUSY], DONE), box := Box())
    assert (error, text_of(parts), len(box.calls)) == (None, "Noon.", 1)
    assert Waiting("rate_limited", 0.05) in parts


async def test_what_fails_in_a_later_round_has_cut_the_reply():
    gone = ProviderError("Gone.", reason="unreachable")
    _, error = await heard(Asked([call(), CALLED], [gone]), Box())
    assert (error.reason, error.cut) == ("unreachable", True)


async def test_a_prompt_that_ends_with_calls_has_them_made_first():
    open_call = ToolCall("a", "clock", "{}")
    prompt = replace(PROMPT, messages=[*PROMPT.messages, Said("assistant", "", calls=[open_call])])
    provider, box = Asked(DONE), Box()
    parts, error = await heard(provider, box, prompt=prompt)
    assert (error, box.calls, text_of(parts)) == (None, [[open_call]], "Noon.")
    assert provider.prompts[0].messages[-1] == Said("user", "", results=[ToolResult("a", "clock: {}")])


async def test_leaving_while_a_tool_runs_ends_it():
    ended = []

    class Slow(Box):
        async def answer(self, calls):
            try:
                return await super().answer(calls)
            finally:
                ended.append(calls)

    task = asyncio.create_task(heard(Asked([call(), CALLED], DONE), Slow(seconds=60)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(ended) == 1
