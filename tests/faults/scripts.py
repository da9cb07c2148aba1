"""Scripts that many tests use. A reply's text is counted words, so that a hole or a repetition shows."""

import asyncio
from collections.abc import AsyncIterator

from tests.faults.model_server import DONE, Script, Wire, delta, finish

TOKENS_PER_SECOND = 50


def words(count: int, start: int = 0) -> str:
    return "".join(word(number) for number in range(start, start + count))


def word(number: int) -> str:
    return f"w{number} "


def paced(count: int, rate: float = TOKENS_PER_SECOND) -> Script:
    """So many words at an even pace."""

    async def script(wire: Wire) -> None:
        await wire.head()
        async for number in ticking(count, rate):
            await wire.say(word(number))
        await wire.finish()

    return script


async def ticking(count: int, rate: float) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for number in range(count):
        yield number
        await asyncio.sleep(begin + (number + 1) / rate - loop.time())


async def endless(wire: Wire) -> None:
    await wire.head()
    async for number in ticking(1_000_000, TOKENS_PER_SECOND):
        await wire.say(word(number))


async def silent_before_headers(wire: Wire) -> None:
    await wire.gone()


async def silent_after_headers(wire: Wire) -> None:
    await wire.head()
    await wire.gone()


async def quick(wire: Wire) -> None:
    await wire.head()
    await wire.say("Done.")
    await wire.finish()


def once(text: str) -> bytes:
    """A whole stream of one word, for scripts that alter its bytes."""
    return delta(text) + finish() + DONE
