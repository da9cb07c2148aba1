"""A prompt as the body of a request to Anthropic's messages."""

import re
from base64 import b64encode
from typing import Any

from .base import Prompt, Said
from .calls import readable

# The API wants a limit. Each model that is offered today takes this one, and few answers to a person are longer. The models
# that decide by themselves how long they think take more, and need it, for it is for thoughts and answer together.
LONGEST = 8192
LONGEST_ADAPTIVE = 32_000
# What it counts without making an answer.
_COUNTED = ("messages", "system", "tools", "tool_choice", "thinking")
_NO_ID = re.compile(r"[^a-zA-Z0-9_-]")


def message_body(prompt: Prompt) -> dict[str, Any]:
    """All of it but the model and whether to stream."""
    body: dict[str, Any] = {
        "messages": [
            {"role": said.role, "content": _blocks(said)} for said in prompt.messages if said.role != "system"
        ],
        "max_tokens": LONGEST,
    }
    if system := "\n\n".join(
        [text for text in (prompt.system, *(s.text for s in prompt.messages if s.role == "system")) if text]
    ):
        body["system"] = system
    if prompt.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)}
            for tool in prompt.tools
        ]
    elif called := {call.name for said in prompt.messages for call in said.calls}:
        # It refuses a talk in which tools were called and none is described.
        body["tools"] = [{"name": name, "input_schema": {"type": "object"}} for name in sorted(called)]
        body["tool_choice"] = {"type": "none"}
    if prompt.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": dict(prompt.schema)}}
    return _with_parameters(body, prompt)


def counted_body(prompt: Prompt) -> dict[str, Any]:
    return {name: value for name, value in message_body(prompt).items() if name in _COUNTED}


def _with_parameters(body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
    parameters = dict(prompt.parameters)
    if longest := parameters.pop("max_completion_tokens", None):
        parameters.setdefault("max_tokens", longest)
    if "output_config" in body and isinstance(parameters.get("output_config"), dict):
        parameters["output_config"] = body["output_config"] | parameters["output_config"]
    body |= parameters
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and "max_tokens" not in parameters:
        body["max_tokens"] = _longest(thinking)
    return body


def _longest(thinking: dict[str, Any]) -> int:
    budget = thinking.get("budget_tokens")
    if isinstance(budget, int):
        return budget + LONGEST
    return LONGEST_ADAPTIVE if thinking.get("type") == "adaptive" else LONGEST


def _blocks(said: Said) -> list[dict[str, Any]]:
    """Results come first, and so do thoughts."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "tool_result",
            "tool_use_id": _id(result.id),
            "content": result.text,
            **({"is_error": True} if result.is_error else {}),
        }
        for result in said.results
    ]
    blocks += [dict(item) for item in said.echo if item.get("type") in ("thinking", "redacted_thinking")]
    blocks += [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": b64encode(image.data).decode(),
            },
        }
        for image in said.images
    ]
    if said.text.strip():  # a blank one is refused
        blocks.append({"type": "text", "text": said.text})
    blocks += [
        {"type": "tool_use", "id": _id(call.id), "name": call.name, "input": readable(call.arguments)}
        for call in said.calls
    ]
    return blocks or [{"type": "text", "text": "…"}]


def _id(id: str) -> str:
    """Other servers' ids have characters that this one refuses."""
    return _NO_ID.sub("_", id) or "_"
