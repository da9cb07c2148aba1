"""A stand-in until a model is connected, and it says so. The same question gets the same reply."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial

from .base import (
    DEFAULTS,
    Finish,
    Options,
    Part,
    Prompt,
    Reasoning,
    Text,
    ToolCallDelta,
    Usage,
    gettext_noop,
)
from .demo_replies import reply_to, title_of
from .demo_tools import answer_to, calls_for, results_of, thoughts_for

# Read and written in one go: a wake-up for every token would be most of the cost of a quick reply.
PIECES_PER_SECOND = 50.0

_TOKEN = re.compile(r"\s*\S{1,6}|\s+")
# A text, and what each piece of it is wrapped in.
Stretch = tuple[str, Callable[[str], Part]]


class DemoProvider:
    label = gettext_noop("Demo (built in)")

    def __init__(self, base_url: str = "", key: str = "", options: Options = DEFAULTS) -> None:
        self._tokens_per_second = max(options.tokens_per_second, 0.1)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        count = 0
        for text, wrap in _stretches(prompt):
            tokens = _TOKEN.findall(text)
            for due, piece in self._pieces(tokens, count):
                await asyncio.sleep(start + due - loop.time())
                yield wrap(piece)
            count += len(tokens)
        yield Usage(_count(prompt), count)
        yield Finish("tool_calls" if calls_for(prompt) else "stop")

    async def complete(self, prompt: Prompt) -> str:
        return title_of(prompt)

    async def count(self, prompt: Prompt) -> int | None:
        return None

    async def models(self) -> list[str]:
        return ["demo"]

    async def aclose(self) -> None:
        return None

    def _pieces(self, tokens: list[str], before: int) -> Iterator[tuple[float, str]]:
        """Each piece with the second at which it is due."""
        size = max(1, round(self._tokens_per_second / PIECES_PER_SECOND))
        for at in range(0, len(tokens), size):
            yield (before + at + 1) / self._tokens_per_second, "".join(tokens[at : at + size])


def _stretches(prompt: Prompt) -> Iterator[Stretch]:
    if thoughts := thoughts_for(prompt):
        yield thoughts, Reasoning
    if results := results_of(prompt):
        yield answer_to(results), Text
    elif calls := calls_for(prompt):
        for index, (name, arguments) in enumerate(calls):
            # The name once and whole, as servers send it.
            yield "{", partial(_begin, index, name)
            yield arguments[1:], partial(_go_on, index)
    else:
        yield reply_to(prompt), Text


def _begin(index: int, name: str, arguments: str) -> Part:
    return ToolCallDelta(index, f"demo-{index}", name, arguments)


def _go_on(index: int, arguments: str) -> Part:
    return ToolCallDelta(index, arguments=arguments)


def _count(prompt: Prompt) -> int:
    return sum(len(_TOKEN.findall(said.text)) for said in prompt.messages)
