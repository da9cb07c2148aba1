"""A prompt as the body of a chat completion."""

from base64 import b64encode
from typing import Any

from .base import Image, Prompt, Said
from .calls import rewritten
from .completions import BLOCKS
from .schema import is_strict


def completion_body(prompt: Prompt) -> dict[str, Any]:
    """All of it but the model and whether to stream."""
    messages = [message for said in prompt.messages for message in _messages(said)]
    if prompt.system:
        messages.insert(0, {"role": "system", "content": prompt.system})
    body: dict[str, Any] = {"messages": messages}
    if prompt.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                },
            }
            for tool in prompt.tools
        ]
    if prompt.schema is not None:
        described = {"name": "answer", "schema": dict(prompt.schema), "strict": is_strict(prompt.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
    return body | dict(prompt.parameters)


def data_url(image: Image) -> str:
    return f"data:{image.media_type};base64,{b64encode(image.data).decode()}"


def _messages(said: Said) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": result.id, "content": result.text} for result in said.results
    ]
    if results and not said.text and not said.images:
        return results
    return [*results, {"role": said.role, "content": _content(said)} | _calls(said)]


def _content(said: Said) -> Any:
    if not said.images:
        return said.text
    text = [{"type": "text", "text": said.text}] if said.text else []
    return [*text, *({"type": "image_url", "image_url": {"url": data_url(image)}} for image in said.images)]


def _calls(said: Said) -> dict[str, Any]:
    if not said.calls:
        return {}
    extras = {
        item.get("id"): item["extra_content"] for item in said.echo if item.get("type") == "extra_content"
    }
    thought = {
        name: item[name]
        for item in said.echo
        for name in (*BLOCKS, "reasoning_content")
        if item.get("type") == name
    }
    calls = [
        {
            "id": call.id,
            "type": "function",
            # Templates of models read the arguments, and stumble over what is no object.
            "function": {"name": call.name, "arguments": rewritten(call.arguments)},
        }
        | ({"extra_content": extras[call.id]} if call.id in extras else {})
        for call in said.calls
    ]
    return {"tool_calls": calls, **thought}
