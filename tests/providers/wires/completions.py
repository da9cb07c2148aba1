"""Chat completions."""

import json

from chat.providers.base import Usage
from tests.faults.model_server import DONE, chunk, event, finish
from tests.providers.recorded import Said

from .saying import MADE, echoed, told


def deltas(*given, reason="tool_calls", more=b""):
    return b"".join(event(chunk(delta)) for delta in given) + finish(reason) + more + DONE


def call(index=None, id=None, name=None, arguments=None):
    function = {"name": name, "arguments": arguments}
    found = {"index": index, "id": id, "function": {k: v for k, v in function.items() if v is not None}}
    return {k: v for k, v in found.items() if v is not None}


def calling(*calls):
    return {"tool_calls": list(calls)}


def answer(message, reason="stop", **more):
    return json.dumps(
        {"choices": [{"index": 0, "message": message, "finish_reason": reason}], **more}
    ).encode()


COUNTED = {
    "prompt_tokens": 9,
    "completion_tokens": 8,
    "prompt_tokens_details": {"cached_tokens": 7},
    "completion_tokens_details": {"reasoning_tokens": 6},
}
AZURE = event({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]})

TAGGED = ["\n", "<", "thi", "nk>a < b, </thin", "\n<", "/th", "ink>\n\nA <thi", "nk> B</think>"]

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
    "blocks of thoughts": (
        deltas(
            {"reasoning_content": "H", "thinking_blocks": [{"type": "thinking", "thinking": "H"}]},
            {"reasoning_content": "m.", "thinking_blocks": [{"type": "thinking", "thinking": "m."}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "s"}]},
            {"reasoning_content": " So.", "thinking_blocks": [{"type": "thinking", "thinking": " So."}]},
            calling(call(0, "A", "a", "{}")),
        ),
        told(
            ("A", "a", "{}"),
            reasoning="Hm. So.",
            echo=echoed(
                {
                    "type": "thinking_blocks",
                    "thinking_blocks": [
                        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
                        {"type": "thinking", "thinking": " So."},
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
            *({"content": piece} for piece in TAGGED),
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
