"""Streams as servers should not send them. The codes are those of the catalogue of faults."""

import asyncio
import gzip
import json
import time
from contextlib import aclosing

import pytest

from chat.providers import connection as room
from chat.providers.base import Finish, Text, Usage
from tests.faults.model_server import DONE, chunk, delta, event, finish
from tests.providers.asking import END, HELLO, PROMPT, asking, heard, sending


def framed(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


WHOLE = {
    "U19 no choices, or null": [event({"id": "x"}), event({"choices": None}), HELLO, END],
    "U20 no choice, usage alone": [HELLO, finish(), event({"choices": []}), DONE],
    "U22 a role, no content": [event(chunk({"role": "assistant", "content": None})), HELLO, END],
    "U23 no finish reason, but [DONE]": [HELLO, DONE],
    "no [DONE], but a finish reason": [HELLO, finish()],
    "no blank line at the end": [HELLO, finish().strip()],
    "U29 carriage returns alone": [(HELLO + END).replace(b"\n", b"\r")],
    "U29 both, byte by byte": [
        bytes([byte]) for byte in (HELLO + END).replace(b"\n", b"\r\n")
    ],
    "comments and other fields": [b": hi\n\nid: 4\nretry: 3\n", HELLO, b": keep-alive\n\n", END],
    "a byte order mark": [b"\xef\xbb", b"\xbf" + HELLO, END],
    "another choice beside it": [HELLO, event({"choices": [{"index": 1, "delta": {"content": "no"}}]}), END],
    "content in typed parts": [event(chunk({"content": [{"type": "text", "text": "Hello"}]})), END],
}  # fmt: skip


@pytest.mark.parametrize("pieces", WHOLE.values(), ids=WHOLE)
async def test_an_odd_stream_is_whole(pieces):
    got, error = await heard(sending(*pieces, pause=0.0005))
    assert error is None
    assert (got.text, got.finish) == ("Hello", "stop")


CUT = {
    "U13 a clean end without a finish": [HELLO],
    "U14 half a line": [HELLO, delta("never seen")[:40]],
    "nothing but a role": [event(chunk({"role": "assistant"}))],
    "nothing but comments": [b": hello\n\n"],
}


@pytest.mark.parametrize("pieces", CUT.values(), ids=CUT)
async def test_a_stream_without_its_end_is_cut(pieces):
    got, error = await heard(sending(*pieces))
    assert (error.reason, error.cut) == ("cut", True)
    assert got.text in ("Hello", "")
    assert not got.finish


async def test_u16_a_transfer_that_breaks_off_is_cut_with_its_text():
    script = sending(framed(HELLO), framed(delta("never"))[:30], Transfer_Encoding="chunked")
    got, error = await heard(script)
    assert (got.text, error.reason, error.cut) == ("Hello", "cut", True)


async def test_a_reset_is_cut_with_its_text():
    async def script(wire):
        await wire.head()
        await wire.send(HELLO)
        await asyncio.sleep(0.1)
        wire.reset()

    got, error = await heard(script)
    assert (got.text, error.reason, error.cut) == ("Hello", "cut", True)


async def test_a_transfer_that_breaks_off_after_the_finish_is_whole():
    got, error = await heard(sending(framed(HELLO + finish()), b"5\r\nda", Transfer_Encoding="chunked"))
    assert (got.text, got.finish, error) == ("Hello", "stop", None)


SAID_AND_FAILED = {
    "U17 a line that is no JSON": ([HELLO, b'data: {"choices": [}\n\n', END], "malformed"),
    "a chunk that is no object": ([HELLO, b"data: 7\n\n", END], "malformed"),
    "U26 an error in the middle": (
        [HELLO, event({"error": {"message": "boom", "code": 500}}), END],
        "upstream",
    ),
    "U26 as a string": ([HELLO, event({"error": "boom"}), END], "upstream"),
    "U27 an error event": ([HELLO, b"event: error\n" + event({"message": "boom"}), END], "upstream"),
    "an error object": ([HELLO, event({"object": "error", "message": "rate limit"}), END], "rate_limited"),
}


@pytest.mark.parametrize(("pieces", "reason"), SAID_AND_FAILED.values(), ids=SAID_AND_FAILED)
async def test_what_came_before_an_error_is_kept(pieces, reason):
    got, error = await heard(sending(b"".join(pieces)))
    assert (got.text, got.finish) == ("Hello", "")
    assert (error.reason, error.cut) == (reason, False)


NO_ANSWER = {
    "U46 a page": (sending(b"<!doctype html><h1>Sign in</h1>", kind="text/html"), "not_llm"),
    "U46 a page that claims to be a stream": (sending(b"\n <html>"), "not_llm"),
    "plain text": (sending(b"It works!", kind="text/plain"), "not_llm"),
    "other JSON": (sending(b'{"hello": 1}', kind="application/json"), "not_llm"),
    "half a JSON": (sending(b'{"choices": [', kind="application/json"), "malformed"),
    "U48 an error with status 200": (
        sending(b'{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}'),
        "quota",
    ),
    "U49 nothing": (sending(), "empty"),
}


@pytest.mark.parametrize(("script", "reason"), NO_ANSWER.values(), ids=NO_ANSWER)
async def test_what_is_no_answer_says_why(script, reason):
    got, error = await heard(script)
    assert (got.text, error.reason, error.cut) == ("", reason, False)


async def test_a_server_that_cannot_stream_answers_at_once():
    message = {"index": 0, "message": {"content": "Hello"}, "finish_reason": "length"}
    body = {"choices": [message], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    got, error = await heard(sending(json.dumps(body).encode(), kind="application/json"))
    assert (got.text, got.finish, got.usage, error) == ("Hello", "length", Usage(1, 2), None)


RAW = 'data: {"choices":[{"delta":{"content":"👩é"}}]}\n\n'.encode()
MENDED = {
    "U32 characters cut in two": ([bytes([byte]) for byte in RAW + END], "👩é"),
    "U33 a surrogate pair in two deltas": ([delta("a\ud83d"), delta("\ude00b"), END], "a😀b"),
    "U33 half a pair": ([delta("a\ud83d"), delta("b\ude00"), delta("\ud83d"), END], "a\ufffdb\ufffd\ufffd"),
    "U34 invalid UTF-8": ([delta("a#b").replace(b"#", b"\xff\xc3"), END], "a\ufffd\ufffdb"),
    "U35 NUL": ([delta("a\0b\0"), END], "ab"),
    "line ends that are none": ([delta("a\u2028b\x85c").replace(rb"\u2028", "\u2028".encode()), END], "a\u2028b\x85c"),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "text"), MENDED.values(), ids=MENDED)
async def test_broken_text_is_mended(pieces, text):
    got, error = await heard(sending(*pieces, pause=0.001))
    assert (got.text, error) == (text, None)


async def test_u42_a_refusal_is_shown():
    got, _ = await heard(sending(event(chunk({"refusal": "I will not."})), END))
    assert got.text == "I will not."


async def test_u43_reasoning_is_a_channel_of_its_own():
    pieces = [event(chunk({"reasoning_content": "hm"})), event(chunk({"reasoning": "m"})), HELLO, END]
    got, _ = await heard(sending(*pieces))
    assert (got.reasoning, got.text) == ("hmm", "Hello")


async def test_u44_a_compressed_stream_is_read_and_half_of_one_is_cut():
    packed = gzip.compress(HELLO + END)
    got, error = await heard(sending(packed, Content_Encoding="gzip"))
    assert (got.text, error) == ("Hello", None)
    _, error = await heard(sending(packed[:20], Content_Encoding="gzip"))
    assert (error.reason, error.cut) == ("cut", True)


async def test_what_arrives_together_is_one_part():
    async with asking(sending(HELLO + delta("!") + END)) as (_, provider):
        parts = [part async for part in provider.stream(PROMPT)]
    assert parts == [Text("Hello!"), Finish("stop")]


async def test_usage_may_follow_the_finish_but_nobody_waits_long_for_it(monkeypatch):
    monkeypatch.setattr(room, "AFTER_FINISH_SECONDS", 0.3)

    async def script(wire):
        await wire.head()
        await wire.send(HELLO + finish())
        await asyncio.sleep(0.1)
        await wire.event(chunk({}) | {"usage": {"prompt_tokens": 3, "completion_tokens": 4}})
        await wire.gone()

    began = time.monotonic()
    got, error = await heard(script)
    assert (got.usage, got.finish, error) == (Usage(3, 4), "stop", None)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("when", ["before headers", "before a token", "in mid-stream"])
@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_leaving_hangs_up_at_once(when, how):
    async def script(wire):
        if when != "before headers":
            await wire.head()
        if when == "in mid-stream":
            await wire.send(HELLO)
        await wire.gone()

    async with asking(script) as (server, provider):

        async def follow():
            async with aclosing(provider.stream(PROMPT)) as parts:
                async for _ in parts:
                    if how == "closed":
                        return

        task = asyncio.create_task(follow())
        while not server.requests:
            await asyncio.sleep(0.01)
        if how == "cancelled" or when != "in mid-stream":
            await asyncio.sleep(0.1)
            task.cancel()
        left = time.monotonic()
        await asyncio.wait({task})
        while not server.requests[0].gone:
            await asyncio.sleep(0.01)
        assert server.requests[0].gone - left < 0.5
