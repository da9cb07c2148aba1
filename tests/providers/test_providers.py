"""What every provider holds to, asked through a connection: each kind of server has the same answers and the same faults."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from chat.providers import kinds, make_provider, provider_class
from chat.providers.anthropic import AnthropicProvider
from chat.providers.base import DEFAULTS, Finish, Prompt, ProviderError, Said, Text
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import DONE, ModelServer, delta, finish
from tests.providers.asking import refusing, sending
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
each = pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)


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


async def failed(server, script):
    """The text that came, and the error that ended it."""
    text = ""
    async with asking(server, script) as (_, provider):
        try:
            async for part in provider.stream(server.prompt):
                text += part.text if isinstance(part, Text) else ""
        except ProviderError as error:
            return text, error
    raise AssertionError(f"nothing failed: {text}")


@each
async def test_an_answer_comes_from_where_it_is_asked_for(server):
    parts, (request,) = await heard(server, sending(server.begin + server.end))
    assert (parts[0], parts[-1]) == (Text("Hello"), Finish("stop"))
    assert (request.path, request.body["stream"]) == (server.path, True)
    assert KEY in (
        request.headers.get("x-api-key"),
        request.headers.get("authorization", "").removeprefix("Bearer "),
    )


@each
async def test_a_model_that_does_not_stream_is_asked_for_the_whole(server):
    prompt = replace(server.prompt, stream=False)
    parts, (request,) = await heard(server, sending(server.whole, kind="application/json"), prompt)
    assert (parts[0], parts[-1]) == (Text("Hello"), Finish("stop"))
    assert request.body["stream"] is False


@each
async def test_an_answer_for_nobody_who_watches_is_one_text(server):
    async with asking(server, sending(server.whole, kind="application/json")) as (running, provider):
        assert await provider.complete(server.prompt) == "Hello"
    assert running.requests[0].body["stream"] is False


@each
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_a_document_where_a_stream_was_asked_for_is_read(server, kind):
    parts, _ = await heard(server, sending(server.whole, kind=kind))
    assert (parts[0], parts[-1]) == (Text("Hello"), Finish("stop"))


@each
@pytest.mark.parametrize(
    ("status", "said", "reason", "retryable"),
    [
        (400, "prompt is too long: 210000 tokens > 200000 maximum", "too_long", False),
        (400, "Your credit balance is too low to access the API.", "quota", False),
        (400, "The response was filtered due to the content management policy.", "content_filter", False),
        (401, "invalid x-api-key", "auth", False),
        (403, "Forbidden", "auth", False),
        (404, "model: m", "no_model", False),
        (413, "Request exceeds the maximum size", "too_long", False),
        (429, "Number of requests has exceeded your rate limit", "rate_limited", True),
        (500, "Internal server error", "upstream", True),
        (529, "Overloaded", "rate_limited", True),
        (307, "", "redirect", False),
    ],
)
async def test_a_refusal_has_its_reason_and_none_of_its_words_is_shown(
    server, status, said, reason, retryable
):
    body = json.dumps({"type": "error", "error": {"type": "some_error", "message": f"{said} {KEY}"}}).encode()
    text, error = await failed(
        server, refusing(status, body, Location="http://127.0.0.1:1/", Retry_After="7")
    )
    assert (text, error.reason, error.retryable, error.cut) == ("", reason, retryable, False)
    assert error.retry_after in (7.0, None)
    assert error.message.endswith(".")
    assert said not in error.message or not said
    assert KEY not in error.detail


@each
async def test_a_clean_end_without_a_last_word_is_a_cut(server):
    text, error = await failed(server, sending(server.begin))
    assert (text, error.reason, error.cut) == ("Hello", "cut", True)


@each
async def test_a_reset_is_a_cut(server):
    async def script(wire):
        await wire.head()
        await wire.send(server.begin)
        await asyncio.sleep(0.1)
        wire.reset()

    text, error = await failed(server, script)
    assert (text, error.reason, error.cut) == ("Hello", "cut", True)


@each
async def test_u26_an_error_in_the_middle_keeps_what_came(server):
    fault = named("error", error={"type": "overloaded_error", "message": "Overloaded"})
    text, error = await failed(server, sending(server.begin + fault))
    assert (text, error.reason, error.retryable) == ("Hello", "rate_limited", True)


@each
async def test_u46_a_page_is_no_answer(server):
    text, error = await failed(server, sending(b"<!doctype html><h1>Sign in</h1>", kind="text/html"))
    assert (text, error.reason) == ("", "not_llm")


@each
async def test_without_a_key_none_is_sent(server, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "from-the-environment")
    async with asking(server, sending(server.begin + server.end), key="") as (running, provider):
        assert [part async for part in provider.stream(server.prompt)]
    assert not running.requests[0].headers.keys() & {"authorization", "x-api-key"}


@each
async def test_one_who_leaves_hangs_up(server):
    async def script(wire):
        await wire.head()
        await wire.send(server.begin)
        await wire.gone()

    async with asking(server, script) as (running, provider):
        stream = provider.stream(server.prompt)
        assert await anext(stream) == Text("Hello")
        await stream.aclose()
        while not running.requests[0].gone:
            await asyncio.sleep(0.01)


async def test_a_model_that_is_served_by_the_responses_api_alone_is_asked_there_from_then_on():
    completions, responses, _ = SERVERS

    async def script(wire):
        if wire.request.path == responses.path:
            await sending(responses.begin + responses.end)(wire)
        else:
            said = "This model is only supported in v1/responses and not in v1/chat/completions."
            await refusing(404, json.dumps({"error": {"message": said}}).encode())(wire)

    async with asking(completions, script) as (running, provider):
        for _ in range(2):
            parts = [part async for part in provider.stream(completions.prompt)]
            assert (parts[0], parts[-1]) == (Text("Hello"), Finish("stop"))
    assert [request.path for request in running.requests] == [completions.path, *[responses.path] * 2]


async def test_a_server_that_keeps_no_encrypted_thoughts_is_not_asked_for_them():
    responses = SERVERS[1]

    async def script(wire):
        if "include" in wire.request.body:
            said = "Encrypted content is not supported with this model."
            await refusing(400, json.dumps({"error": {"message": said}}).encode())(wire)
        else:
            await sending(responses.begin + responses.end)(wire)

    async with asking(responses, script) as (running, provider):
        assert [part async for part in provider.stream(responses.prompt)]
    assert len(running.requests) == 2


@pytest.mark.parametrize(
    ("path", "query"), [("/openai/deployments/mine", "?api-version=2024-10-21"), ("/openai/v1", "")]
)
async def test_azure_has_a_header_of_its_own_and_a_version(monkeypatch, path, query):
    async def here(host, port, **more):
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", here)
    completions = SERVERS[0]
    with ModelServer({"m": sending(completions.begin + completions.end)}).serving() as running:
        provider = OpenAIProvider(f"http://mine.openai.azure.com:{running.port}{path}", KEY)
        assert [part async for part in provider.stream(completions.prompt)]
        await provider.aclose()
    (request,) = running.requests
    assert request.path == f"{path}/chat/completions{query}"
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers


async def test_a_talk_that_anthropic_misses_thoughts_in_goes_on_without_them():
    messages = SERVERS[2]
    said = "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."

    async def script(wire):
        if "thinking" in wire.request.body:
            await refusing(400, json.dumps({"error": {"message": said}}).encode())(wire)
        else:
            await sending(messages.begin + messages.end)(wire)

    foreign = Said("assistant", "Hm.", echo=[{"type": "thinking", "thinking": "x", "signature": "y"}])
    talk = [*messages.prompt.messages, foreign, Said("user", "And?")]
    prompt = replace(messages.prompt, messages=talk, parameters={"thinking": {"type": "adaptive"}})
    parts, (_, request) = await heard(messages, script, prompt)
    assert parts[-1] == Finish("stop")
    assert request.body["messages"][1]["content"] == [{"type": "text", "text": "Hm."}]


async def test_anthropic_counts_the_tokens_of_a_prompt():
    messages = SERVERS[2]
    counted = sending(b'{"input_tokens": 14}', kind="application/json")
    async with asking(messages, counted) as (running, provider):
        assert await provider.count(replace(messages.prompt, system="Be brief.")) == 14
    (request,) = running.requests
    assert request.path == "/v1/messages/count_tokens"
    assert request.body.keys() == {"model", "messages", "system"}


@each
async def test_who_does_not_count_says_none(server):
    async with asking(server, refusing(404, b'{"error": {"message": "Not found"}}')) as (_, provider):
        assert await provider.count(server.prompt) is None


async def test_a_list_of_models_in_pages_is_read_to_its_end(monkeypatch):
    pages = [
        {"data": [{"id": "a"}, {"id": "b"}], "has_more": True, "last_id": "b"},
        {"data": [{"id": "c"}], "has_more": False, "last_id": "c"},
    ]

    async def next_page(writer):
        body = json.dumps(pages.pop(0)).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()

    async with asking(SERVERS[2], None) as (running, provider):
        running._list_models = next_page
        assert await provider.models() == ["a", "b", "c"]
    assert not pages


class Elsewhere:
    """An adapter from outside the product."""

    label = "Elsewhere"

    def __init__(self, base_url, key, options):
        self.configured = (base_url, key, options.connect_seconds)


def test_a_provider_is_added_by_a_line_of_settings(settings):
    settings.PROVIDERS = {**settings.PROVIDERS, "elsewhere": f"{__name__}.Elsewhere"}
    assert make_provider("elsewhere", "http://x/", "k").configured == ("http://x/", "k", 5)
    assert kinds()[-1] == ("elsewhere", "Elsewhere")


@pytest.mark.parametrize("kind", ["", "nothing", "chat.providers.demo.DemoProvider"])
def test_only_what_the_settings_name_is_a_provider(kind):
    with pytest.raises(ValueError, match="no provider of kind"):
        provider_class(kind)
