"""Requests that bring no answer. The codes are those of the catalogue of faults."""

import json
import socket
import time

import pytest

from chat.providers.base import Options, ProviderError
from chat.providers.openai import OpenAIProvider
from tests.providers.asking import END, HELLO, KEY, PROMPT, asking, heard, refusing, sending


@pytest.mark.parametrize(
    ("status", "body", "reason", "retryable"),
    [
        (401, b'{"error":{"message":"bad key sk-SECRET"}}', "auth", False),
        (403, b"no", "auth", False),
        (404, b'{"error":{"message":"The model `m` does not exist"}}', "no_model", False),
        (402, b"pay", "quota", False),
        (429, b'{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}', "quota", False),
        (429, b"slow down", "rate_limited", True),
        (500, b"<html><body><h1>Oops</h1><script>alert(1)</script></body></html>", "upstream", True),
        (503, b"", "upstream", True),
        (413, b"", "too_long", False),
        (422, b'{"detail":[{"msg":"x"}]}', "bad_request", False),
        (400, b'{"error":{"message":"Unsupported value: temperature"}}', "bad_request", False),
        (302, b"", "redirect", False),
    ],
)  # fmt: skip
async def test_a_refusal_is_understood_and_no_word_of_it_shown(status, body, reason, retryable):
    got, error = await heard(refusing(status, body, Location="http://127.0.0.1:1/"))
    assert (got.text, error.reason, error.retryable, error.cut) == ("", reason, retryable, False)
    assert error.message.endswith(".")
    assert "SECRET" not in error.message + error.detail
    assert "<" not in error.detail
    assert "alert" not in error.detail
    assert len(error.detail) <= 200


async def test_u50_a_redirect_is_not_followed():
    async with asking(refusing(307, Location="/v1/chat/completions")) as (server, provider):
        with pytest.raises(ProviderError):
            await anext(provider.stream(PROMPT))
        assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["7", "date", "soon", "-3", "inf"])
async def test_retry_after_is_read_in_both_its_forms(wait):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    _, error = await heard(refusing(429, Retry_After=date if wait == "date" else wait))
    expected = {"7": 7.0, "date": pytest.approx(60, abs=3), "-3": 0.0}.get(wait)
    assert error.retry_after == expected


async def test_an_endless_error_is_read_no_further_than_it_says_something():
    async def script(wire):
        await wire.head(500, "text/plain")
        while True:
            await wire.send(b"x" * 65536)

    _, error = await heard(script)
    assert error.reason == "upstream"


async def test_the_key_is_redacted_from_what_admins_see():
    _, error = await heard(refusing(400, f'{{"error":"you sent {KEY} and Bearer abc.def"}}'.encode()))
    assert KEY not in error.detail
    assert "abc.def" not in error.detail


async def test_without_a_key_none_is_sent():
    async with asking(sending(HELLO + END), key="") as (server, provider):
        assert [part async for part in provider.stream(PROMPT)]
        assert "authorization" not in server.requests[0].headers


async def test_a_server_that_does_not_know_usage_is_asked_without():
    async def script(wire):
        if "stream_options" in wire.request.body:
            await wire.head(422, "application/json")
            await wire.send(b'{"detail":"Extra inputs are not permitted: stream_options"}')
        else:
            await wire.head()
            await wire.send(HELLO + END)

    async with asking(script) as (server, provider):
        for _ in range(2):
            assert [part async for part in provider.stream(PROMPT)]
        assert len(server.requests) == 3


async def test_u1_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert (await failure_of(f"http://127.0.0.1:{port}/v1")).reason == "unreachable"


async def test_u2_a_name_that_is_none():
    assert (await failure_of("http://nowhere.invalid/v1")).reason == "dns"


async def test_an_address_that_is_none():
    assert (await failure_of("gopher://127.0.0.1/")).reason in ("unreachable", "not_llm")


async def test_a_server_that_speaks_something_else():
    async def script(wire):
        await wire.send(b"220 mail.example ESMTP\r\n")

    assert (await heard(script))[1].reason == "not_llm"


async def test_a_server_that_hangs_up_without_a_word_may_be_asked_again():
    async def script(wire):
        wire.reset()

    _, error = await heard(script)
    assert (error.reason, error.retryable) == ("upstream", True)


async def failure_of(url):
    provider = OpenAIProvider(url, KEY, Options(connect_seconds=1))
    try:
        with pytest.raises(ProviderError) as error:
            await anext(provider.stream(PROMPT))
        return error.value
    finally:
        await provider.aclose()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Unsupported value: 'temperature' does not support 0.2 with this model.", "temperature"),
        ("top_p must be in (0, 1], got 0.0.", "top P"),
        ("max_tokens is too large: 100000. This model supports at most 16384.", "longest reply"),
        ("System role not supported", "system prompt"),
        ("This model's maximum context length is 4096 tokens, however you requested max_tokens=5000.", "too long"),
        ("Something else altogether", "did not accept the request"),
    ],
)  # fmt: skip
async def test_what_a_conversations_settings_caused_is_said_so_in_plain_words(said, word):
    _, error = await heard(refusing(400, json.dumps({"error": {"message": said}}).encode()))
    assert error.reason == ("too_long" if word == "too long" else "bad_request")
    assert word in error.message
    assert said not in error.message
