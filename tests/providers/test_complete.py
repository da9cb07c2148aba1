"""A whole answer, by one request that does not stream: the contract of every provider, over real and recorded bytes."""

import json

import pytest

from chat.providers.base import Prompt, ProviderError, Said
from chat.providers.demo import DemoProvider
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import ModelServer
from tests.providers.asking import END, HELLO, PROMPT, asking, refusing, sending
from tests.providers.recorded import meant, recordings

PLAIN = [found for found in recordings() if found.name.endswith("/plain") and found.status == 200]


def document(content, **message):
    choice = {"index": 0, "message": {"content": content, **message}, "finish_reason": "stop"}
    return sending(json.dumps({"choices": [choice]}).encode(), kind="application/json")


async def completed(script, prompt=PROMPT):
    async with asking(script) as (server, provider):
        return await provider.complete(prompt), server.requests


async def test_it_is_asked_for_without_a_stream_and_comes_as_one_text():
    text, (request,) = await completed(document("Hello"))
    assert text == "Hello"
    assert request.body["stream"] is False
    assert "stream_options" not in request.body


@pytest.mark.parametrize("found", PLAIN, ids=lambda found: found.name)
async def test_what_real_servers_sent_is_understood(found):
    text, _ = await completed(sending(found.body, kind="application/json"))
    assert text == meant(found).text


async def test_thoughts_are_no_part_of_it():
    text, _ = await completed(document("Hello", reasoning_content="Hm."))
    assert text == "Hello"


async def test_a_server_that_streams_all_the_same_is_understood():
    text, _ = await completed(sending(HELLO + END))
    assert text == "Hello"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (refusing(429), "rate_limited"),
        (refusing(500), "upstream"),
        (sending(b"<html>", kind="text/html"), "not_llm"),
        (sending(b'{"choices": [', kind="application/json"), "malformed"),
        (sending(), "empty"),
        (sending(HELLO), "cut"),
    ],
)
async def test_what_is_no_answer_says_why(script, reason):
    with pytest.raises(ProviderError) as raised:
        await completed(script)
    assert raised.value.reason == reason


async def test_the_demo_says_the_beginning_of_the_first_question():
    said = [Said("user", "how do I **bake** bread, at home, without yeast?"), Said("assistant", "So.")]
    text = await DemoProvider().complete(Prompt("demo", [*said, Said("user", "A title, please.")]))
    assert text == "How do I bake bread at"


SETTINGS = {"temperature": 0.3, "top_p": 0.9, "max_tokens": 5}


async def test_a_system_prompt_and_parameters_are_sent_only_where_they_are_set():
    plain, system = PROMPT, Prompt("m", [Said("user", "hello")], SETTINGS, "Be brief.")
    with ModelServer({"m": sending(HELLO + END)}).serving() as server:
        provider = OpenAIProvider(server.url, "k")
        for prompt in (plain, system):
            assert [part async for part in provider.stream(prompt)]
        await provider.aclose()
    bare, told = (request.body for request in server.requests)
    assert not bare.keys() & {*SETTINGS, "max_completion_tokens"}
    assert [message["role"] for message in bare["messages"]] == ["user"]
    assert told["messages"][0] == {"role": "system", "content": "Be brief."}
    assert {name: told[name] for name in SETTINGS} == SETTINGS


async def test_a_model_that_knows_the_longest_reply_by_its_newer_name_gets_that():
    async def script(wire):
        if "max_tokens" in wire.request.body:
            said = "Unsupported parameter: 'max_tokens' is not supported with this model. "
            body = {"error": {"message": f"{said}Use 'max_completion_tokens' instead."}}
            await refusing(400, json.dumps(body).encode())(wire)
        else:
            await sending(HELLO + END)(wire)

    async with asking(script) as (server, provider):
        prompt = Prompt("m", [Said("user", "hello")], SETTINGS)
        assert [part async for part in provider.stream(prompt)]
        assert server.requests[-1].body["max_completion_tokens"] == 5
        assert len(server.requests) == 2
