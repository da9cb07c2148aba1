"""Answers in each of the formats, written by hand, and what they say. Where a call is made without an id, it is MADE."""

import json
from dataclasses import dataclass

from chat.providers.base import Usage
from chat.providers.completions import CompletionDecoder
from chat.providers.decoder import Decoder
from chat.providers.messages import MessageDecoder
from chat.providers.responses import ResponseDecoder
from tests.faults.model_server import DONE, chunk, event, finish
from tests.providers.recorded import Said

MADE = "made here"


@dataclass(frozen=True)
class Written:
    name: str
    decoder: type[Decoder]
    body: bytes
    said: Said


def deltas(*given, reason="tool_calls", more=b""):
    return b"".join(event(chunk(delta)) for delta in given) + finish(reason) + more + DONE


def call(index=None, id=None, name=None, arguments=None):
    function = {"name": name, "arguments": arguments}
    found = {"index": index, "id": id, "function": {k: v for k, v in function.items() if v is not None}}
    return {k: v for k, v in found.items() if v is not None}


def calling(*calls):
    return {"tool_calls": list(calls)}


def told(*calls, finish="tool_calls", **more):
    return Said(calls=calls, finish=finish, **more)


def answer(message, reason="stop", **more):
    return json.dumps(
        {"choices": [{"index": 0, "message": message, "finish_reason": reason}], **more}
    ).encode()


def echoed(*items):
    return tuple(json.dumps(item, sort_keys=True) for item in items)


COUNTED = {
    "prompt_tokens": 9,
    "completion_tokens": 8,
    "prompt_tokens_details": {"cached_tokens": 7},
    "completion_tokens_details": {"reasoning_tokens": 6},
}
AZURE = event({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]})

COMPLETIONS = {
    "U40 the second call first, ids late": (
        deltas(
            calling(call(1, name="b", arguments='{"x"')),
            calling(call(0, name="a")),
            calling(call(1, arguments=":1}"), call(0, arguments="{")),
            calling(call(0, id="A", arguments="}"), call(1, id="B")),
        ),
        told(("A", "a", "{}"), ("B", "b", '{"x":1}')),
    ),
    "a name in pieces, and again with each": (
        deltas(
            calling(call(0, "A", "get_")), calling(call(0, "A", "time")), calling(call(0, "A", "get_time", "{}"))
        ),
        told(("A", "get_time", "{}")),
    ),
    "whole calls without indexes": (
        deltas(calling(call(None, "A", "a", "{}"), call(None, "B", "b", "{}"))),
        told(("A", "a", "{}"), ("B", "b", "{}")),
    ),
    "index 0 for each": (
        deltas(
            calling(call(0, "A", "a", "{")), calling(call(0, arguments="}")),
            calling(call(0, "B", "b", "[")), calling(call(0, arguments="]")),
        ),
        told(("A", "a", "{}"), ("B", "b", "[]")),
    ),
    "an id of its own for each fragment": (
        deltas(calling(call(0, "A", "a", "{")), calling(call(0, "other", None, "}"))),
        told(("A", "a", "{}")),
    ),
    "neither id nor index, and arguments as an object": (
        deltas(calling(call(name="a", arguments={"x": 1})), calling(call(name="b", arguments="{}"))),
        told((MADE, "a", '{"x":1}'), (MADE, "b", "{}")),
    ),
    "a call that takes nothing": (deltas(calling(call(0, "A", "a"))), told(("A", "a", "{}"))),
    "an index beyond all measure": (
        deltas(calling(call(10**9, "A", "a", "{")), calling(call(10**9, arguments="}"))),
        told(("A", "a", "{}")),
    ),
    "the older way of calling": (
        deltas(
            {"function_call": {"name": "a"}}, {"function_call": {"arguments": "{}"}}, reason="function_call"
        ),
        told((MADE, "a", "{}")),
    ),
    "calls, and the reason is stop": (
        deltas(calling(call(0, "A", "a", "{}")), reason="stop"), told(("A", "a", "{}")),
    ),
    "U41 a call that the limit cut": (
        deltas(calling(call(0, "A", "a", '{"x')), reason="length"),
        told(("A", "a", '{"x'), finish="length"),
    ),
    "a call in a message that is whole": (
        answer({"content": None, "reasoning": "Hm.", **calling(call(None, "A", "a", "{}"))}, usage=COUNTED),
        told(("A", "a", "{}"), reasoning="Hm.", usage=Usage(9, 8, 6, 7)),
    ),
    "thoughts that a call has to bring back": (
        deltas({"reasoning_content": "H"}, {"reasoning_content": "m."}, calling(call(0, "A", "a", "{}"))),
        told(
            ("A", "a", "{}"), reasoning="Hm.", echo=echoed({"type": "reasoning_content", "reasoning_content": "Hm."})
        ),
    ),
    "details of thoughts": (
        deltas(
            {"reasoning": "H", "reasoning_details": [{"type": "reasoning.text", "text": "H", "index": 0}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "m.", "signature": "s", "index": 0}]},
            calling(call(0, "A", "a", "{}")),
        ),
        told(
            ("A", "a", "{}"),
            reasoning="Hm.",
            echo=echoed(
                {
                    "type": "reasoning_details",
                    "reasoning_details": [
                        {"type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0}
                    ],
                }
            ),
        ),
    ),
    "a call that brings something to be brought back": (
        deltas(calling(call(0, "A", "a", "{}") | {"extra_content": {"google": {"thought_signature": "s"}}})),
        told(
            ("A", "a", "{}"),
            echo=echoed(
                {"type": "extra_content", "id": "A", "extra_content": {"google": {"thought_signature": "s"}}}
            ),
        ),
    ),
    "U43 thoughts between tags": (
        deltas(
            *({"content": letter} for letter in "\n<think>a < b, </thin\n</think>\n\nA <think> B</think>"),
            reason="stop",
        ),
        Said("\n\nA <think> B</think>", "a < b, </thin\n", finish="stop"),
    ),
    "tags of another name": (
        deltas({"content": "<thinking>Hm.</think></thinking>So."}, reason="stop"),
        Said("So.", "Hm.</think>", finish="stop"),
    ),
    "half a tag and no more": (
        deltas({"content": " <thin"}, reason="stop"), Said(" <thin", finish="stop"),
    ),
    "a tag that is none": (
        deltas({"content": "<thi"}, {"content": "s> is it"}, reason="stop"), Said("<this> is it", finish="stop"),
    ),
    "U42 a refusal": (
        deltas({"refusal": "I will "}, {"refusal": "not."}, reason="stop"), Said("I will not.", finish="refusal"),
    ),
    "U20 Azure, whose filter speaks first and last": (
        AZURE
        + deltas({"role": "assistant", "content": None}, {"content": "Hi"}, reason="stop")[: -len(DONE)]
        + event({"choices": [{"index": 0, "content_filter_results": {}, "content_filter_offsets": {}}]})
        + event({"choices": [], "usage": COUNTED})
        + DONE,
        Said("Hi", finish="stop", usage=Usage(9, 8, 6, 7)),
    ),
    "U42 a filter stops it": (
        deltas({"content": "Well"}, reason="content_filter"), Said("Well", finish="content_filter"),
    ),
    "an emoji in two halves, inside arguments": (
        deltas(calling(call(0, "A", "a", '{"x":"\ud83d')), calling(call(0, arguments='\ude00\0"}'))),
        told(("A", "a", '{"x":"😀"}')),
    ),
}  # fmt: skip


def named(kind, **more):
    return b"event: %b\n" % kind.encode() + event({"type": kind, **more})


def item(kind, index, **more):
    return named(f"response.output_item.{kind}", output_index=index, item=more)


def closed(status="completed", **more):
    usage = {
        "input_tokens": 9,
        "output_tokens": 8,
        "input_tokens_details": {"cached_tokens": 7},
        "output_tokens_details": {"reasoning_tokens": 6},
    }
    return named(f"response.{status}", response={"status": status, "usage": usage, **more})


ALL_COUNTED = Usage(9, 8, 6, 7)
THOUGHT = {
    "type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "e",
}  # fmt: skip
FUNCTION = {"type": "function_call", "id": "fc_1", "call_id": "A", "name": "a", "arguments": '{"x":1}'}
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}

RESPONSES = {
    "a text": (
        named("response.created", response={"status": "in_progress", "usage": None})
        + item("added", 0, type="message", content=[])
        + named("response.output_text.delta", output_index=0, delta="Hel")
        + named("response.output_text.delta", output_index=0, delta="lo")
        + named("response.output_text.done", output_index=0, text="Hello")
        + item("done", 0, **MESSAGE)
        + closed(output=[MESSAGE]),
        Said("Hello", finish="stop", usage=ALL_COUNTED),
    ),
    "thoughts in two summaries, and calls": (
        item("added", 0, type="reasoning", summary=[])
        + named("response.reasoning_summary_part.added", output_index=0, summary_index=0)
        + named("response.reasoning_summary_text.delta", output_index=0, delta="Hm.")
        + named("response.reasoning_summary_part.added", output_index=0, summary_index=1)
        + named("response.reasoning_summary_text.delta", output_index=0, delta="So.")
        + item("done", 0, **THOUGHT)
        + item("added", 1, **FUNCTION | {"arguments": ""})
        + item("added", 2, **FUNCTION | {"arguments": "", "call_id": "B", "name": "b"})
        + named("response.function_call_arguments.delta", output_index=2, delta="{}")
        + named("response.function_call_arguments.delta", output_index=1, delta='{"x"')
        + named("response.function_call_arguments.delta", output_index=1, delta=":1}")
        + named("response.function_call_arguments.done", output_index=1, arguments='{"x":1}')
        + item("done", 1, **FUNCTION)
        + closed(output=[THOUGHT, FUNCTION]),
        told(
            ("A", "a", '{"x":1}'), ("B", "b", "{}"), reasoning="Hm.\n\nSo.", usage=ALL_COUNTED, echo=echoed(THOUGHT)
        ),
    ),
    "a refusal": (
        named("response.refusal.delta", delta="No.") + closed(output=[]),
        Said("No.", finish="refusal", usage=ALL_COUNTED),
    ),
    "a limit": (
        named("response.output_text.delta", delta="Hel")
        + closed("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        Said("Hel", finish="length", usage=ALL_COUNTED),
    ),
    "all of it at the end": (
        closed(output=[THOUGHT, MESSAGE, FUNCTION]),
        told(
            ("A", "a", '{"x":1}'), text="Hello", reasoning="Hm.", usage=ALL_COUNTED, echo=echoed(THOUGHT)
        ),
    ),
    "a document": (
        json.dumps({"object": "response", "status": "completed", "error": None, "output": [MESSAGE]}).encode(),
        Said("Hello", finish="stop"),
    ),
}  # fmt: skip


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

WRITTEN = [
    Written(f"{decoder.__name__}: {name}", decoder, body, said)
    for decoder, texts in (
        (CompletionDecoder, COMPLETIONS),
        (ResponseDecoder, RESPONSES),
        (MessageDecoder, MESSAGES),
    )
    for name, (body, said) in texts.items()
]
