"""The demo: honest, predictable, and at a pace that a person can read."""

import asyncio
import time

import pytest

from chat.providers.base import Finish, Options, Prompt, Said, Usage
from chat.providers.demo import DemoProvider
from chat.turns.prompt import CONTINUE
from tests.providers.recorded import said

EXAMPLES = (
    "Explain how a reply travels from a language model to my screen, one step at a time.",
    "Plan a quiet weekend in a city by the sea, with a list for each day.",
    "Write a polite letter to a neighbour about loud music, in five sentences.",
    "Compare SQLite and PostgreSQL for a small web application.",
    "Hello!",
    "What is the meaning of life?",
)


async def reply(question, rate=100_000.0):
    return await answer([Said("user", question)], rate)


async def answer(talk, rate=100_000.0):
    provider = DemoProvider(options=Options(tokens_per_second=rate))
    return [part async for part in provider.stream(Prompt("demo", talk))]


@pytest.mark.parametrize("question", EXAMPLES)
async def test_every_reply_says_that_it_is_none_of_a_model_and_how_to_get_one(question):
    text = said(await reply(question)).text
    assert "**demo**" in text
    assert "OPENAI_API_KEY" in text


async def test_the_same_question_has_the_same_reply_at_any_pace():
    assert said(await reply("Hello!")).text == said(await reply("Hello!", 2000.0)).text


async def test_different_questions_have_different_replies():
    assert len({said(await reply(question)).text for question in EXAMPLES}) == len(EXAMPLES)


async def test_the_end_is_that_of_a_model():
    parts = await reply("Hello!")
    assert isinstance(parts[-2], Usage)
    assert parts[-1] == Finish("stop")


async def test_something_very_long_is_very_long():
    text = said(await reply("Tell me something very long, please.", 1e7)).text
    assert 100_000 < len(text.encode()) < 110_000


async def test_a_continuation_goes_on_where_the_reply_stopped():
    whole = said(await reply("Hello!")).text
    for at in (5, 100, len(whole) - 1):
        talk = [Said("user", "Hello!"), Said("assistant", whole[:at]), Said("user", CONTINUE)]
        assert (
            said(
                [
                    part
                    async for part in DemoProvider(options=Options(tokens_per_second=1e5)).stream(
                        Prompt("demo", talk)
                    )
                ]
            ).text
            == whole[at:]
        )


async def test_a_continuation_of_what_the_demo_never_said_is_honest_about_it():
    talk = [Said("user", "Hello!"), Said("assistant", "Once upon a"), Said("user", CONTINUE)]
    text = said(
        [
            part
            async for part in DemoProvider(options=Options(tokens_per_second=1e5)).stream(
                Prompt("demo", talk)
            )
        ]
    ).text
    assert "demo has no more to say" in text


async def test_the_pace_is_the_one_that_is_set():
    began = time.monotonic()
    stream = DemoProvider().stream(Prompt("demo", [Said("user", "Hello!")]))
    for _ in range(20):
        await anext(stream)
    await stream.aclose()
    assert 0.45 < time.monotonic() - began < 1.0


async def test_many_at_once_keep_their_pace():
    began = time.monotonic()
    await asyncio.gather(*(reply("Hello!", 2000.0) for _ in range(50)))
    assert time.monotonic() - began < 3
