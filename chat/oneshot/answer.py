"""One question, one answer, under the deadlines and retries that hold for turns."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from chat.providers.base import Finish, Prompt, Provider, Said, Text, Usage
from chat.turns import engine

from .schema import Schema, SchemaNotMet

AGAIN = "That answer cannot be used: {problem} Answer once more with the JSON value alone: no explanation, no code fence."


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is the JSON that was asked for by a schema, None without one. The tokens are those of all tries, and None
    where the server counted none."""

    text: str
    finish_reason: str
    seconds: float
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    value: Any = None


async def complete_once(
    provider: Provider, prompt: Prompt, limits: engine.Limits, schema: Schema | None = None
) -> Answer:
    """Raises `ProviderError`, and `SchemaNotMet` where two answers in a row were none of the schema's."""
    if schema is None:
        return await _ask(provider, prompt, limits)
    prompt = replace(prompt, schema=schema.document, system=f"{prompt.system}\n\n{schema.request}".strip())
    first = await _ask(provider, prompt, limits)
    try:
        return replace(first, value=await asyncio.to_thread(schema.read, first.text))
    except SchemaNotMet as problem:
        talk = [Said("assistant", first.text), Said("user", AGAIN.format(problem=problem))]
    second = _together(
        first, await _ask(provider, replace(prompt, messages=[*prompt.messages, *talk]), limits)
    )
    try:
        return replace(second, value=await asyncio.to_thread(schema.read, second.text))
    except SchemaNotMet as problem:
        problem.answer = second
        raise


async def _ask(provider: Provider, prompt: Prompt, limits: engine.Limits) -> Answer:
    began, pieces, reason = time.monotonic(), [], ""
    usage = Usage(None, None)
    async with aclosing(engine.run(provider, prompt, limits)) as parts:
        async for part in parts:
            match part:
                case Text(text):
                    pieces.append(text)
                case Usage():
                    usage = part
                case Finish():
                    reason = part.reason
    seconds = round(time.monotonic() - began, 3)
    return Answer("".join(pieces), reason, seconds, usage.prompt_tokens, usage.completion_tokens)


def _together(first: Answer, second: Answer) -> Answer:
    return replace(
        second,
        seconds=round(first.seconds + second.seconds, 3),
        prompt_tokens=_sum(first.prompt_tokens, second.prompt_tokens),
        completion_tokens=_sum(first.completion_tokens, second.completion_tokens),
    )


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
