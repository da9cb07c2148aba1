"""Anthropic's messages."""

import json

from chat.providers.base import Usage
from tests.providers.recorded import Said

from .responses import named
from .saying import echoed, told


def block(index, *deltas, **start):
    return (
        named("content_block_start", index=index, content_block=start)
        + b"".join(named("content_block_delta", index=index, delta=delta) for delta in deltas)
        + named("content_block_stop", index=index)
    )


def thinks(text):
    return {"type": "thinking_delta", "thinking": text}


def writes(text):
    return {"type": "input_json_delta", "partial_json": text}


def says(text):
    return {"type": "text_delta", "text": text}


BEGIN = named(
    "message_start",
    message={
        "content": [],
        "usage": {
            "input_tokens": 2, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 400, "output_tokens": 1
        },
    },
)  # fmt: skip
PING = named("ping")


def ended(reason, **usage):
    usage = {"output_tokens": 8, **usage}
    return named("message_delta", delta={"stop_reason": reason}, usage=usage) + named("message_stop")


TOKENS = Usage(432, 8, None, 30)
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}

MESSAGES = {
    "a text among pings and kinds to come": (
        BEGIN + PING
        + block(0, says("Hel"), {"type": "citations_delta", "citation": {}}, {"type": "new_delta"}, says("lo"),
                type="text", text="")
        + named("something_new", index=0)
        + PING + ended("end_turn"),
        Said("Hello", finish="stop", usage=TOKENS),
    ),
    "thoughts with a signature, and one that is hidden": (
        BEGIN
        + block(0, thinks("H"), thinks("m."), {"type": "signature_delta", "signature": "si"},
                {"type": "signature_delta", "signature": "g"}, type="thinking", thinking="", signature="")
        + block(1, type="redacted_thinking", data="secret")
        + block(2, says("So."), type="text", text="")
        + ended("end_turn", output_tokens_details={"thinking_tokens": 6}),
        Said("So.", "Hm.", Usage(432, 8, 6, 30), "stop", (), echoed(SIGNED, {"type": "redacted_thinking", "data": "secret"})),
    ),
    "calls, one of which takes nothing": (
        BEGIN
        + block(0, writes(""), writes('{"x"'), writes(":1}"), type="tool_use", id="A", name="a", input={})
        + block(1, writes(""), type="tool_use", id="B", name="b", input={})
        + block(2, type="tool_use", id="C", name="c", input={"y": 2})
        + ended("tool_use"),
        told(("A", "a", '{"x":1}'), ("B", "b", "{}"), ("C", "c", '{"y":2}'), usage=TOKENS),
    ),
    "what the server's own tools do": (
        BEGIN
        + block(0, writes('{"query":"x"}'), type="server_tool_use", id="s", name="web_search", input={})
        + block(1, type="web_search_tool_result", tool_use_id="s", content=[{"type": "web_search_result", "title": "t"}])
        + block(2, says("Hello"), type="text", text="")
        + ended("pause_turn"),
        Said("Hello", finish="pause_turn", usage=TOKENS),
    ),
    "U42 a refusal": (
        BEGIN + block(0, says("No"), type="text") + ended("refusal"),
        Said("No", finish="content_filter", usage=TOKENS),
    ),
    "a full window": (
        BEGIN + block(0, says("No"), type="text") + ended("model_context_window_exceeded"),
        Said("No", finish="length", usage=TOKENS),
    ),
    "a call that the limit cut": (
        BEGIN
        + named("content_block_start", index=0, content_block={"type": "tool_use", "id": "A", "name": "a", "input": {}})
        + named("content_block_delta", index=0, delta=writes('{"x'))
        + ended("max_tokens"),
        told(("A", "a", '{"x'), finish="length", usage=TOKENS),
    ),
    "no names of events": (
        (BEGIN + block(0, says("Hello"), type="text") + ended("stop_sequence")).replace(b"event: ", b"id: "),
        Said("Hello", finish="stop", usage=TOKENS),
    ),
    "a document": (
        json.dumps({
            "type": "message",
            "content": [
                SIGNED,
                {"type": "text", "text": "Hello"},
                {"type": "tool_use", "id": "A", "name": "a", "input": {"x": 1}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 2, "output_tokens": 8},
        }).encode(),
        told(("A", "a", '{"x":1}'), text="Hello", reasoning="Hm.", usage=Usage(2, 8), echo=echoed(SIGNED)),
    ),
}  # fmt: skip
