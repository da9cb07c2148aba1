"""The Responses API."""

import json

from chat.providers.base import Usage
from tests.faults.model_server import event
from tests.providers.recorded import Said

from .saying import echoed, told


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
