"""A stand-in until a model is connected, and it says so. The same question gets the same reply."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator

from .base import Finish, Part, Prompt, Text, Usage
from .demo_replies import reply_to, title_of

# Read and written in one go: a wake-up for every token would be most of the cost of a quick reply.
PIECES_PER_SECOND = 50.0

_TOKEN = re.compile(r"\s*\S{1,6}|\s+")


class DemoProvider:
    def __init__(self, tokens_per_second: float) -> None:
        self._tokens_per_second = max(tokens_per_second, 0.1)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        text = reply_to(prompt)
        tokens = _TOKEN.findall(text)
        loop = asyncio.get_running_loop()
        start = loop.time()
        for due, piece in self._pieces(tokens):
            await asyncio.sleep(start + due - loop.time())
            yield Text(piece)
        yield Usage(_count(prompt), len(tokens))
        yield Finish("stop")

    async def complete(self, prompt: Prompt) -> str:
        return title_of(prompt)

    async def models(self) -> list[str]:
        return ["demo"]

    async def aclose(self) -> None:
        return None

    def _pieces(self, tokens: list[str]) -> Iterator[tuple[float, str]]:
        """Each piece with the second at which it is due."""
        size = max(1, round(self._tokens_per_second / PIECES_PER_SECOND))
        for at in range(0, len(tokens), size):
            yield (at + 1) / self._tokens_per_second, "".join(tokens[at : at + size])


def _count(prompt: Prompt) -> int:
    return sum(len(_TOKEN.findall(said.text)) for said in prompt.messages)
