"""What is peculiar to a kind of server, and how a kind is added."""

import asyncio
import json
from dataclasses import replace

import pytest

from chat.providers import kinds, make_provider, provider_class
from chat.providers.base import Finish, Said, Text
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import ModelServer
from tests.providers.asking import refusing, sending
from tests.providers.servers import KEY, SERVERS, asking, heard


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
    ("path", "asked"),
    [
        ("/openai/deployments/mine", "/openai/deployments/mine/chat/completions?api-version=2024-10-21"),
        ("/openai/v1", "/openai/v1/chat/completions"),
        ("/", "/openai/v1/chat/completions"),
    ],
)
async def test_azure_has_a_header_of_its_own_and_a_version(monkeypatch, path, asked):
    async def here(host, port, **more):
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", here)
    completions = SERVERS[0]
    with ModelServer({"m": sending(completions.begin + completions.end)}).serving() as running:
        provider = OpenAIProvider(f"http://mine.openai.azure.com:{running.port}{path}", KEY)
        assert [part async for part in provider.stream(completions.prompt)]
        await provider.aclose()
    (request,) = running.requests
    assert request.path == asked
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


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
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
