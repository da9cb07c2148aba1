"""What each API is told: the conversation with its tools, calls, results, thoughts and pictures, in its own words."""

import base64

import pytest

from chat.providers.base import Image, Prompt, Said, ToolCall, ToolResult, ToolSpec
from chat.providers.completions_request import completion_body
from chat.providers.messages_request import counted_body, message_body
from chat.providers.responses_request import response_body
from chat.providers.schema import is_strict

PNG = Image("image/png", b"\x89PNG")
DATA = base64.b64encode(PNG.data).decode()
SCHEMA = {"type": "object", "properties": {"zone": {"type": "string"}}}
STRICT = SCHEMA | {"required": ["zone"], "additionalProperties": False}
TOOL = ToolSpec("clock", "Tells the time.", SCHEMA)
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
HIDDEN = {"type": "redacted_thinking", "data": "x"}
THOUGHT = {"type": "reasoning", "id": "r", "summary": [], "encrypted_content": "e"}
DETAILS = {"type": "reasoning_details", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}
EXTRA = {"type": "extra_content", "id": "a.1", "extra_content": {"google": {"thought_signature": "s"}}}
TALK = [
    Said("user", "What is this, and when?", images=[PNG]),
    Said(
        "assistant",
        "I look.",
        calls=[ToolCall("a.1", "clock", '{"zone":"UTC"}'), ToolCall("b", "clock", "{oops")],
        echo=[SIGNED, HIDDEN, THOUGHT, DETAILS, EXTRA],
    ),
    Said("user", "", results=[ToolResult("a.1", "noon"), ToolResult("b", "no JSON", is_error=True)]),
]
PROMPT = Prompt("m", TALK, {"temperature": 0.5}, "Be brief.", tools=[TOOL])
BROKEN = '{"INVALID_JSON":"{oops"}'


def function(id, arguments):
    return {"id": id, "type": "function", "function": {"name": "clock", "arguments": arguments}}


def test_chat_completions_are_told_in_their_words():
    assert completion_body(PROMPT) == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this, and when?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}},
                ],
            },
            {
                "role": "assistant",
                "content": "I look.",
                "tool_calls": [
                    function("a.1", '{"zone":"UTC"}') | {"extra_content": EXTRA["extra_content"]},
                    function("b", BROKEN),
                ],
                "reasoning_details": DETAILS["reasoning_details"],
            },
            {"role": "tool", "tool_call_id": "a.1", "content": "noon"},
            {"role": "tool", "tool_call_id": "b", "content": "no JSON"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {"name": "clock", "description": "Tells the time.", "parameters": SCHEMA},
            }
        ],
        "temperature": 0.5,
    }


def test_the_responses_api_is_told_in_its_words():
    assert response_body(PROMPT) == {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this, and when?"},
                    {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"},
                ],
            },
            THOUGHT,
            {"role": "assistant", "content": "I look."},
            {"type": "function_call", "call_id": "a.1", "name": "clock", "arguments": '{"zone":"UTC"}'},
            {"type": "function_call", "call_id": "b", "name": "clock", "arguments": BROKEN},
            {"type": "function_call_output", "call_id": "a.1", "output": "noon"},
            {"type": "function_call_output", "call_id": "b", "output": "no JSON"},
        ],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "instructions": "Be brief.",
        "tools": [
            {
                "type": "function",
                "name": "clock",
                "description": "Tells the time.",
                "parameters": SCHEMA,
                "strict": False,
            }
        ],
        "temperature": 0.5,
    }


def test_anthropic_is_told_in_its_words():
    assert message_body(PROMPT) == {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}},
                    {"type": "text", "text": "What is this, and when?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    SIGNED,
                    HIDDEN,
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "a_1", "name": "clock", "input": {"zone": "UTC"}},
                    {"type": "tool_use", "id": "b", "name": "clock", "input": {"INVALID_JSON": "{oops"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "a_1", "content": "noon"},
                    {"type": "tool_result", "tool_use_id": "b", "content": "no JSON", "is_error": True},
                ],
            },
        ],
        "max_tokens": 8192,
        "system": "Be brief.",
        "tools": [{"name": "clock", "description": "Tells the time.", "input_schema": SCHEMA}],
        "temperature": 0.5,
    }


def test_anthropic_counts_what_it_is_told_and_nothing_else():
    assert counted_body(PROMPT).keys() == {"messages", "system", "tools"}


@pytest.mark.parametrize(
    ("parameters", "longest"),
    [
        ({}, 8192),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 5}, 5),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}}, 18_192),
        ({"thinking": {"type": "enabled", "budget_tokens": 10_000}, "max_tokens": 12_000}, 12_000),
        ({"thinking": {"type": "adaptive"}}, 32_000),
        ({"thinking": {"type": "disabled"}}, 8192),
    ],
)
def test_anthropic_gets_the_limit_that_it_wants(parameters, longest):
    body = message_body(Prompt("m", [Said("user", "hello")], parameters))
    assert body["max_tokens"] == longest
    assert "max_completion_tokens" not in body


def test_what_a_system_says_amid_a_talk_is_said_to_anthropic_at_its_top():
    body = message_body(Prompt("m", [Said("system", "Be kind."), Said("user", "hello")], system="Be brief."))
    assert body["system"] == "Be brief.\n\nBe kind."
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_a_blank_text_is_no_block():
    (message,) = message_body(Prompt("m", [Said("user", " \n", images=[PNG])]))["messages"]
    assert [block["type"] for block in message["content"]] == ["image"]


def test_parameters_have_other_names_in_the_responses_api():
    parameters = {"max_tokens": 5, "reasoning_effort": "low", "reasoning": {"summary": "auto"}}
    body = response_body(Prompt("m", [Said("user", "hello")], parameters))
    assert body["max_output_tokens"] == 5
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert not body.keys() & {"max_tokens", "reasoning_effort"}


@pytest.mark.parametrize(("schema", "strict"), [(STRICT, True), (SCHEMA, False)])
def test_a_schema_of_the_answer_is_asked_for_strictly_where_that_can_be(schema, strict):
    prompt = Prompt("m", [Said("user", "hello")], {"output_config": {"effort": "low"}}, schema=schema)
    described = {"name": "answer", "schema": schema, "strict": strict}
    form = {"type": "json_schema", "schema": schema}
    assert completion_body(prompt)["response_format"] == {"type": "json_schema", "json_schema": described}
    assert response_body(prompt)["text"] == {"format": {"type": "json_schema", **described}}
    assert message_body(prompt)["output_config"] == {"format": form, "effort": "low"}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "string"}, True),
        ({"type": "array", "items": STRICT}, True),
        ({"type": "array", "items": SCHEMA}, False),
        ({"anyOf": [STRICT, SCHEMA]}, False),
        (STRICT | {"properties": {"zone": SCHEMA}}, False),
        (STRICT | {"required": []}, False),
        ({"type": "object"}, False),
    ],
)
def test_strict_is_what_openai_calls_so(schema, strict):
    assert is_strict(schema) is strict


def test_anthropic_is_told_of_tools_that_were_called_even_where_none_may_be_called_any_more():
    body = message_body(Prompt("m", TALK))
    assert body["tools"] == [{"name": "clock", "input_schema": {"type": "object"}}]
    assert body["tool_choice"] == {"type": "none"}
    assert "tools" not in message_body(Prompt("m", TALK[:1]))
