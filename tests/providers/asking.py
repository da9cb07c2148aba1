"""A provider, and the server with a script that it asks."""

import asyncio
from contextlib import asynccontextmanager

from chat.providers.base import Options, Prompt, ProviderError, Said
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import DONE, ModelServer, delta, finish
from tests.providers.recorded import said

PROMPT = Prompt("m", [Said("user", "hello")])
KEY = "sk-canary-0123456789abcdef"
HELLO = delta("Hel") + delta("lo")
END = finish() + DONE


@asynccontextmanager
async def asking(script, key=KEY):
    with ModelServer({"m": script}).serving() as server:
        provider = OpenAIProvider(server.url, key, Options(connect_seconds=1))
        try:
            async with asyncio.timeout(20):
                yield server, provider
        finally:
            await provider.aclose()


async def heard(script):
    """The parts that come, and the error that ends them."""
    parts, error = [], None
    async with asking(script) as (_, provider):
        try:
            async for part in provider.stream(PROMPT):
                parts.append(part)
        except ProviderError as raised:
            error = raised
    return said(parts), error


def sending(*pieces, kind="text/event-stream", pause=0.0, **headers):
    async def script(wire):
        await wire.head(kind=kind, **headers)
        for piece in pieces:
            await wire.send(piece)
            await asyncio.sleep(pause)

    return script


def refusing(status, body=b"", kind="application/json", **headers):
    async def script(wire):
        await wire.head(status, kind, **headers)
        await wire.send(body)

    return script
