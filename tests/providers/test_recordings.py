"""What real servers sent is understood as it comes through a connection. How it is read: test_contract.py."""

import asyncio
import re

import pytest

from chat.providers.base import Part, Prompt, ProviderError, Said
from chat.providers.completions import CompletionDecoder
from chat.providers.openai import OpenAIProvider
from tests.faults.model_server import ModelServer, Wire
from tests.providers.recorded import Recording, meant, recording, recordings, said

ALL = recordings()
ANSWERS = [
    found
    for found in ALL
    if found.status == 200 and not re.search("models|err_midstream", found.name) and not found.is_framed
]
FRAMED = [found for found in ALL if found.is_framed]
PROMPT = Prompt("m", [Said("user", "hello")])


def named(found: Recording) -> str:
    return found.name


@pytest.mark.parametrize("name", ["transformers/err_midstream", "transformers/err_model"])
def test_no_word_of_a_server_reaches_the_person_who_chats(name):
    decoder = CompletionDecoder()
    decoder.feed(recording(name).body)
    decoder.end()
    assert decoder.failure.detail
    assert decoder.failure.detail[:20] not in decoder.failure.message


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("aimock-openai/err_key", "auth"),
        ("aimock-openai/err_path", "no_model"),
        ("litellm-mock/err_key", "bad_request"),
        ("litellm-mock/err_model", "no_model"),
        ("litellm-mock-rate-limit/stream", "rate_limited"),
        ("litellm-mock-too-long/stream", "too_long"),
        ("transformers/err_empty_messages", "upstream"),
        ("transformers/err_midstream", "upstream"),
        ("transformers/err_model", "no_model"),
        ("transformers/err_unknown_field", "bad_request"),
    ],
)
async def test_a_recorded_error_has_its_reason(name, reason):
    with pytest.raises(ProviderError) as error:
        await replayed(recording(name))
    assert error.value.reason == reason
    assert error.value.detail


@pytest.mark.parametrize("found", ANSWERS, ids=named)
async def test_a_recorded_answer_comes_through_a_connection(found):
    assert said(await replayed(found)) == meant(found)


@pytest.mark.parametrize("found", FRAMED, ids=named)
async def test_chunks_of_the_transfer_may_be_cut_anywhere(found):
    whole = meant(recording(found.name.removesuffix("_framed")))
    for at in range(len(found.head) + 4, len(found.raw), 97):
        assert said(await replayed(found, at)) == whole, at


@pytest.mark.parametrize("found", FRAMED, ids=named)
async def test_a_connection_that_ends_anywhere_before_the_finish_is_a_cut(found):
    finish = found.raw.index(b'"finish_reason":"stop"')
    for at in range(len(found.head) + 4, finish, 97):
        with pytest.raises(ProviderError) as error:
            await replayed(Recording(found.name, found.raw[:at]))
        assert (error.value.reason, error.value.cut) in {("cut", True), ("empty", False)}, at


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("aimock-openai/models", "gpt-4o"),
        ("litellm-mock/models", "mock"),
        ("transformers/models", ""),
    ],
)
async def test_a_recorded_list_of_models_is_read(name, names):
    async with asyncio.timeout(10):
        with ModelServer().serving() as server:
            server._list_models = lambda writer: _write(writer, recording(name).raw)
            provider = OpenAIProvider(server.url, "key")
            found = await provider.models()
            await provider.aclose()
    assert names in found if names else found == []


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def replayed(found: Recording, cut: int = 0) -> list[Part]:
    """The recording by way of a socket, in two pieces that do not arrive together where `cut` says so."""

    async def script(wire: Wire) -> None:
        await wire.send(found.raw[:cut] if cut else found.raw)
        if cut:
            await asyncio.sleep(0.003)
            await wire.send(found.raw[cut:])

    with ModelServer({"m": script}).serving() as server:
        provider = OpenAIProvider(server.url, "key")
        try:
            async with asyncio.timeout(10):
                return [part async for part in provider.stream(PROMPT)]
        finally:
            await provider.aclose()
