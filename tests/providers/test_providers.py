"""What every provider holds to, asked through a connection: each kind of server has the same answers and the same faults."""

import asyncio
import json
from dataclasses import replace

import pytest

from chat.providers.base import Finish, ProviderError, Text
from tests.providers.asking import refusing, sending
from tests.providers.servers import KEY, SERVERS, asking, heard
from tests.providers.wires.responses import named

each = pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)


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
