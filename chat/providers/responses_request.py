"""A prompt as the body of a request to the Responses API."""

from collections.abc import Iterator
from typing import Any

from .base import Prompt, Said
from .calls import rewritten
from .completions_request import data_url
from .schema import is_strict

_LONGEST = ("max_tokens", "max_completion_tokens")


def response_body(prompt: Prompt, encrypts_thoughts: bool = True) -> dict[str, Any]:
    """All of it but the model and whether to stream. Nothing is kept at the server, so that thoughts travel encrypted."""
    body: dict[str, Any] = {
        "input": [item for said in prompt.messages for item in _items(said)],
        "store": False,
    }
    if encrypts_thoughts:
        body["include"] = ["reasoning.encrypted_content"]
    if prompt.system:
        body["instructions"] = prompt.system
    if prompt.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.schema),
                "strict": False,
            }
            for tool in prompt.tools
        ]
    if prompt.schema is not None:
        form = {"type": "json_schema", "name": "answer", "schema": dict(prompt.schema)}
        body["text"] = {"format": form | {"strict": is_strict(prompt.schema)}}
    return body | _parameters(prompt)


def _parameters(prompt: Prompt) -> dict[str, Any]:
    """Those of chat completions by their names here."""
    parameters = dict(prompt.parameters)
    for name in _LONGEST:
        if name in parameters:
            parameters["max_output_tokens"] = parameters.pop(name)
    if effort := parameters.pop("reasoning_effort", None):
        parameters["reasoning"] = {"effort": effort} | dict(parameters.get("reasoning") or {})
    return parameters


def _items(said: Said) -> Iterator[dict[str, Any]]:
    for result in said.results:
        yield {"type": "function_call_output", "call_id": result.id, "output": result.text}
    yield from (
        dict(item) for item in said.echo if item.get("type") == "reasoning" and "encrypted_content" in item
    )
    if said.text or said.images or not (said.results or said.calls):
        yield {"role": said.role, "content": _content(said)}
    for call in said.calls:
        yield {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": rewritten(call.arguments),
        }


def _content(said: Said) -> Any:
    if not said.images:
        return said.text
    text = [{"type": "input_text", "text": said.text}] if said.text else []
    return [*text, *({"type": "input_image", "image_url": data_url(image)} for image in said.images)]
