"""Deadlines, retries and caps, with providers that are scripts."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace

import pytest

from chat.providers.base import Finish, Prompt, ProviderError, Reasoning, Said, Text, Usage, Waiting
from chat.turns.engine import Limits, run

LIMITS = Limits(
    first_token=0.3, idle=0.2, total=5, retries=2, retry_max=1, max_bytes=1000, delta_max_bytes=300
)
PROMPT = Prompt("m", [Said("user", "hello")])
BUSY = ProviderError("Busy.", reason="rate_limited", retryable=True, retry_after=0.05)
HELLO = [Text("Hel"), Text("lo"), Usage(1, 2), Finish("stop")]


class Scripted:
    """Each request plays the next of the scripts: parts, seconds of silence, an error. `closed` counts the ends."""

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.asked = self.closed = 0

    async def stream(self, prompt):
        self.asked += 1
        try:
            for step in self.scripts[min(self.asked, len(self.scripts)) - 1]:
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed += 1

    async def models(self):
        return []

    async def aclose(self):
        return None


async def heard(provider, limits=LIMITS):
    parts, error = [], None
    try:
        async for part in run(provider, PROMPT, limits):
            parts.append(part)
    except ProviderError as raised:
        error = raised
    return parts, error


def text_of(parts):
    return "".join(part.text for part in parts if isinstance(part, Text))


async def test_a_whole_answer_goes_through_as_it_came():
    provider = Scripted(HELLO)
    assert await heard(provider) == (HELLO, None)
    assert (provider.asked, provider.closed) == (1, 1)


@pytest.mark.parametrize(
    ("script", "limits", "reason", "cut"),
    [
        ([9.0], {}, "first_token", False),
        ([Text("a"), 9.0], {}, "idle", True),
        ([Reasoning("a"), 9.0], {}, "idle", True),
        ([0.25, Text("a"), 0.15, Text("b"), 9.0], {}, "idle", True),
        ([9.0], {"total": 0.1}, "total", False),
        ([Text("a")] + [0.05, Text("b")] * 100, {"total": 0.3}, "total", True),
    ],
)
async def test_silence_has_its_limits(script, limits, reason, cut):
    provider = Scripted(script)
    began = time.monotonic()
    parts, error = await heard(provider, replace(LIMITS, **limits))
    assert (error.reason, error.cut) == (reason, cut)
    assert parts == [step for step in script if not isinstance(step, float)][: len(parts)]
    assert time.monotonic() - began < 1.5
    assert (provider.asked, provider.closed) == (1, 1), "no deadline leads to another request"


async def test_a_slow_reader_is_no_silent_model():
    provider = Scripted([Text("a"), Text("b"), Finish("stop")])
    parts = []
    async for part in run(provider, PROMPT, LIMITS):
        parts.append(part)
        await asyncio.sleep(LIMITS.idle * 1.5)
    assert parts[-1] == Finish("stop")


async def test_a_busy_server_is_asked_again_and_everybody_sees_it():
    provider = Scripted([BUSY], HELLO)
    assert await heard(provider) == ([Waiting("rate_limited", 0.05), *HELLO], None)
    assert provider.asked == 2


async def test_a_server_that_names_no_time_is_given_some():
    provider = Scripted([ProviderError("Oops.", reason="upstream", retryable=True)], HELLO)
    parts, error = await heard(provider, replace(LIMITS, retry_max=0.1))
    assert error is None
    assert parts[0] == Waiting("upstream", 0.1)


async def test_patience_ends_after_the_last_retry():
    provider = Scripted([BUSY])
    parts, error = await heard(provider)
    assert parts == [Waiting("rate_limited", 0.05)] * 2
    assert provider.asked == 3
    assert error.reason == "rate_limited"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3600.0, "60 minutes"), (86_400.0, "24 hours"), (80.0, "80 seconds"), (1.5, "2 seconds")],
)
async def test_nobody_sleeps_longer_than_they_may(seconds, words):
    provider = Scripted([ProviderError("Busy.", reason="rate_limited", retryable=True, retry_after=seconds)])
    parts, error = await heard(provider)
    assert (parts, provider.asked) == ([], 1)
    assert error.message == f"Busy. Try again in {words}."


async def test_a_wait_beyond_the_end_of_the_turn_is_not_begun():
    parts, error = await heard(Scripted([BUSY]), replace(LIMITS, total=0.01))
    assert (parts, error.reason) == ([], "rate_limited")


@pytest.mark.parametrize("first", [Text("a"), Reasoning("a")])
async def test_nothing_is_paid_for_twice(first):
    provider = Scripted([first, BUSY], HELLO)
    parts, error = await heard(provider)
    assert (parts, provider.asked) == ([first], 1)
    assert error is BUSY


async def test_an_error_for_good_is_not_tried_again():
    refused = ProviderError("No.", reason="auth")
    provider = Scripted([refused], HELLO)
    assert await heard(provider) == ([], refused)
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([Finish("stop")], "empty"),
        ([Usage(1, 0), Finish("stop")], "empty"),
        ([Reasoning("hm"), Finish("length")], "empty"),
        ([Finish("content_filter")], "content_filter"),
    ],
)
async def test_an_answer_without_text_is_none(script, reason):
    parts, error = await heard(Scripted(script))
    assert parts == script[:-1]
    assert (error.reason, error.cut) == (reason, False)


async def test_a_stream_that_just_ends_is_cut():
    parts, error = await heard(Scripted([Text("a")]))
    assert (parts, error.reason, error.cut) == ([Text("a")], "cut", True)


async def test_an_endless_answer_ends_at_its_cap():
    provider = Scripted([Text("é" * 10)] * 10_000)
    parts, error = await heard(provider)
    assert error is None
    assert text_of(parts) == "é" * 500
    assert parts[-1] == Finish("length")
    assert provider.closed == 1


@pytest.mark.parametrize("text", ["x" * 5000, "é" * 5000, "x" + "👩" * 5000])
async def test_a_giant_delta_is_split_between_characters(text):
    parts, error = await heard(Scripted([Text(text), Finish("stop")]))
    assert error is None
    assert all(0 < len(part.text.encode()) <= 300 for part in parts[:-1])
    assert text.startswith(text_of(parts))
    assert 996 < len(text_of(parts).encode()) <= 1000
    assert parts[-1] == Finish("length")


async def test_a_large_answer_within_its_cap_is_whole():
    text = "aé👩" * 142
    assert len(text.encode()) < 1000
    parts, error = await heard(Scripted([Text(text), Finish("stop")]))
    assert (text_of(parts), parts[-1], error) == (text, Finish("stop"), None)


@pytest.mark.parametrize("script", [[9.0], [Text("a"), 9.0], [BUSY]])
async def test_a_stop_closes_the_stream_at_once(script):
    provider = Scripted(script)
    task = asyncio.create_task(heard(provider, replace(LIMITS, first_token=9, idle=9)))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert provider.closed == provider.asked == 1


async def test_leaving_in_the_middle_closes_the_stream():
    provider = Scripted(HELLO)
    async with aclosing(run(provider, PROMPT, LIMITS)) as parts:
        async for _ in parts:
            break
    assert provider.closed == 1


async def test_a_provider_that_is_broken_is_not_taken_for_a_slow_one():
    class Broken(Scripted):
        async def stream(self, prompt):
            raise TimeoutError("of its own")
            yield

    with pytest.raises(TimeoutError, match="of its own"):
        await heard(Broken([]))
