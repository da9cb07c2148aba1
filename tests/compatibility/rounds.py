"""A turn with tools against a server that is not ours, through the provider alone; see docs/compatibility.md.

python -m tests.compatibility.rounds anthropic http://127.0.0.1:4010 claude-sonnet-4-5
python -m tests.compatibility.rounds openai http://127.0.0.1:4010/v1 gpt-5 responses
"""

import asyncio
import os
import sys
from dataclasses import replace

from chat.providers.anthropic import AnthropicProvider
from chat.providers.base import (
    Echo,
    Finish,
    Part,
    Prompt,
    Provider,
    ProviderError,
    Reasoning,
    Said,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)
from chat.providers.openai import OpenAIProvider
from tests.providers.recorded import calls_in, said

KINDS = {"openai": OpenAIProvider, "anthropic": AnthropicProvider}
TEXT = {"type": "string"}
TOOLS = [
    ToolSpec("current_time", "The time in a zone.", {"type": "object", "properties": {"time_zone": TEXT}}),
    ToolSpec("calculator", "Works out a sum.", {"type": "object", "properties": {"expression": TEXT}}),
]
RESULTS = {"current_time": "12:00", "calculator": "42"}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
QUESTION = Said("user", "The time and sum, please.")


async def rounds(provider: Provider, prompt: Prompt) -> None:
    parts = await told(provider, "asked", prompt)
    called = [ToolCall(*call) for call in calls_in(parts)]
    assert called, "it calls no tool"
    text = "".join(part.text for part in parts if isinstance(part, Text))
    echo = [part.data for part in parts if isinstance(part, Echo)]
    results = [ToolResult(call.id, RESULTS.get(call.name, "?")) for call in called]
    more = [Said("assistant", text, calls=called, echo=echo), Said("user", "", results=results)]
    await told(provider, "with the results", replace(prompt, messages=[*prompt.messages, *more]))
    await told(provider, "whole", replace(prompt, stream=False))
    try:
        await told(provider, "refused", replace(prompt, messages=[Said("user", "too much")]))
    except ProviderError as error:
        print(f"refused: {error.reason}, retryable: {error.retryable}. {error.message}")


async def told(provider: Provider, what: str, prompt: Prompt) -> list[Part]:
    parts = [part async for part in provider.stream(prompt)]
    got = said(parts)
    counts = {
        kind.__name__: sum(isinstance(p, kind) for p in parts)
        for kind in (Text, Reasoning, Echo, Usage, Finish)
    }
    print(f"{what}: {got.text[:60]!r}, thought {got.reasoning[:40]!r}, {got.finish}, {got.usage}")
    for call in got.calls:
        print("  calls", *call)
    print("  parts", counts)
    return parts


async def main(kind: str, url: str, model: str, api: str = "") -> None:
    provider = KINDS[kind](url, os.environ.get("KEY", "dummy"))
    thinks = os.environ.get("THINKING", "on" if kind == "anthropic" else "off") == "on"
    parameters = THINKING if thinks else {}
    prompt = Prompt(model, [QUESTION], parameters, tools=TOOLS, api=api)
    try:
        print("models:", ", ".join(await provider.models()))
        print("counts:", await provider.count(prompt))
        await rounds(provider, prompt)
    finally:
        await provider.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
