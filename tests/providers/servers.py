"""The kinds of servers, and what each says when all is well."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from chat.providers.anthropic import AnthropicProvider
from chat.providers.base import DEFAULTS, Prompt, Said
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import DONE, ModelServer, delta, finish
from tests.providers.wires.messages import BEGIN, block, ended, says
from tests.providers.wires.responses import closed, named

KEY = "sk-ant-canary-0123456789abcdef"


@dataclass(frozen=True)
class Server:
    """A kind of server and one of its protocols; what it says when it begins with Hello, when it ends, and all at once."""

    name: str
    made: type
    api: str
    path: str
    begin: bytes
    end: bytes
    whole: bytes

    @property
    def prompt(self):
        return Prompt("m", [Said("user", "hello")], api=self.api)


MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}
SERVERS = [
    Server(
        "completions",
        OpenAIProvider,
        "",
        "/v1/chat/completions",
        delta("Hello"),
        finish() + DONE,
        json.dumps(
            {"choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}
        ).encode(),
    ),
    Server(
        "responses",
        OpenAIProvider,
        "responses",
        "/v1/responses",
        named("response.output_text.delta", delta="Hello"),
        closed(),
        json.dumps({"object": "response", "status": "completed", "output": [MESSAGE]}).encode(),
    ),
    Server(
        "messages",
        AnthropicProvider,
        "",
        "/v1/messages",
        BEGIN + block(0, says("Hello"), type="text", text=""),
        ended("end_turn"),
        json.dumps(
            {"type": "message", "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}
        ).encode(),
    ),
]


@asynccontextmanager
async def asking(server, script, key=KEY):
    with ModelServer({"m": script}).serving() as running:
        provider = server.made(running.url, key, replace(DEFAULTS, connect_seconds=1))
        try:
            async with asyncio.timeout(20):
                yield running, provider
        finally:
            await provider.aclose()


async def heard(server, script, prompt=None):
    async with asking(server, script) as (running, provider):
        parts = [part async for part in provider.stream(prompt or server.prompt)]
    return parts, running.requests
