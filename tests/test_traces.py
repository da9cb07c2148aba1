"""What is kept of streams, and what is not."""

import asyncio
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Trace
from chat.providers.base import Prompt, Said, Text
from chat.turns import tracing
from chat.turns.redaction import lines, redacted
from tests.admin import chats
from tests.faults.model_server import ModelServer, Wire, delta, event, finish
from tests.faults.scripts import quick, silent_before_headers
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD
from tests.viewers import Person

SECRET = "sk-leaked-0123456789abcdef"
GAP = 0.7


async def with_a_gap(wire: Wire) -> None:
    await wire.head()
    await wire.say("zebra ")
    await asyncio.sleep(GAP)
    await wire.event(
        {"choices": [{"index": 0, "delta": {"content": f"crossing {SECRET}"}}], "x_note": SECRET}
    )
    await wire.send(finish())
    await wire.event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 40}})
    await wire.send(b"data: [DONE]\n\n")


async def refuses_once(wire: Wire) -> None:
    if len([each for each in SERVER.asked("refuses") if each.ended]):
        await quick(wire)
    else:
        await wire.head(503, Retry_After="1")


SERVER = ModelServer({"gap": with_a_gap, "refuses": refuses_once, "silent": silent_before_headers})


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    traces = {"TRACE_DAYS": "1", "TRACE_FOR_OWNERS": "on"}
    with open_world(template, tmp_path_factory.mktemp("traced"), SHORT | traces, SERVER) as world:
        yield world


async def enter(world, name):
    return await Person(world.product.url).sign_in(name, PASSWORD)


async def seen(world, model):
    """The page of a turn of this model, and what is kept of it. It is kept after the end, which does not wait for it."""
    alice = await enter(world, "alice")
    async with alice:
        viewer = await world.begin(alice, model, "What is a zebra?")
        row = await world.outcome(viewer)
        path = f"/turns/{row.turn}/trace/"
        async with asyncio.timeout(10):
            while (page := await alice.get(path)).status == 404:
                await asyncio.sleep(0.05)
        async with alice.web.get(f"{alice.url}{path}jsonl/") as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            text = await answer.text()
    return page.html, [json.loads(line) for line in text.splitlines()], path


def kinds(events):
    return [each["kind"] for each in events if each["kind"] != "raw"]


async def test_a_trace_tells_when_what_came_and_none_of_the_words(world):
    html, events, path = await seen(world, "gap")
    assert kinds(events) == ["request", "first_byte", "text", "text", "usage", "finish", "end"]
    assert [each["ms"] for each in events] == sorted(each["ms"] for each in events)
    first, second = (each for each in events if each["kind"] == "text")
    assert (first["chars"], second["chars"]) == (6, 9 + len(SECRET))
    assert GAP * 1000 - 50 < second["ms"] - first["ms"] < GAP * 1000 + 2000
    raw = [each["data"] for each in events if each["kind"] == "raw"]
    assert raw[1]["choices"][0]["delta"]["content"] == {"chars": 9 + len(SECRET)}
    assert raw[-1] == "[DONE]"
    for words in ("zebra", "crossing", SECRET):
        assert words not in json.dumps(events)
    for drawn in ('class="trace-gap"', 'class="trace-first"', 'class="trace-tokens"', "<td>40</td>"):
        assert drawn in html
    assert not re.search(r"\sstyle=", html)
    stranger = await enter(world, "charlie")
    async with stranger:
        assert (await stranger.get(path)).status == (await stranger.get(f"{path}jsonl/")).status == 404


async def test_retries_and_deadlines_that_fired_are_in_it(world):
    html, events, _ = await seen(world, "refuses")
    assert kinds(events)[:4] == ["request", "error", "waiting", "request"]
    assert next(each for each in events if each["kind"] == "waiting")["seconds"] >= 1
    assert "trace-wait" in html
    html, events, _ = await seen(world, "silent")
    assert (events[-1]["status"], events[-1]["deadline"]) == ("failed", "first_token")
    assert "deadline: first_token" in html


async def test_an_administrator_reads_it_on_record(world):
    _, _, path = await seen(world, "gap")
    turn = path.split("/")[2]
    root = await enter(world, "root")
    async with root:
        page = await root.get(f"/admin/chat/trace/{turn}/change/")
        assert "trace-plot" in page.html
        assert "This reading is on record." in page.html
        assert "alice" in (await root.get("/admin/chat/transcriptreading/")).html
        assert f"/admin/chat/trace/{turn}/" in (await root.get(f"/admin/chat/turn/{turn}/change/")).html


@pytest.mark.django_db
def test_nothing_is_recorded_unless_it_is_asked_for_and_nothing_of_temporary_chats(settings, owner):
    turn = chats.conversation(owner).leaf.turn
    provider = object()
    assert tracing.recorder_for(turn) is None
    assert tracing.traced(provider, None) is provider
    settings.TRACE_DAYS = 1
    turn.message.conversation.temporary = True
    assert tracing.recorder_for(turn) is None


@pytest.mark.django_db
def test_what_has_been_kept_long_enough_is_gone_and_all_of_it_when_none_is_to_be_kept(settings, owner):
    settings.TRACE_DAYS = 2
    for days in (1, 3):
        turn = chats.conversation(owner).leaf.turn
        Trace.objects.create(turn=turn, events=b"", size=0, created=timezone.now() - timedelta(days=days))
    Trace.objects.sweep()
    assert Trace.objects.count() == 1
    settings.TRACE_DAYS = 0
    Trace.objects.sweep()
    assert not Trace.objects.exists()


def test_words_are_kept_where_they_are_wanted_and_keys_never():
    value = {"type": "text", "text": f"zebra {SECRET}", "signature": "sealed", "id": "call_1", "n": 3}
    assert redacted(value, with_content=True) == {**value, "text": "zebra [key]", "signature": {"chars": 6}}
    assert redacted(value, with_content=False) == {
        **value,
        "text": {"chars": 6 + len(SECRET)},
        "signature": {"chars": 6},
    }
    hidden = {"id": "words of a reply", "role": {"a key of many words": 1}}
    assert redacted(hidden, with_content=False) == {"id": {"chars": 16}, "role": {"[19]": 1}}


def test_a_trace_has_a_bound_and_what_the_server_sent_is_cut_first():
    prompt = Prompt("tiny", [Said("user", "Hello")])
    said = [(at / 10, Text("word ")) for at in range(50)]
    raw = [(at / 10, delta("word " * 100)) for at in range(50)]
    kept = lines([(0.0, prompt), *said, *raw, (9.0, event({}))], False, 8_000)
    told = [json.loads(line) for line in kept.jsonl.splitlines()]
    assert (kept.cut, len(kept.jsonl) <= 8_000) == (True, True)
    assert len([each for each in told if each["kind"] == "text"]) == 50
    assert 0 < len([each for each in told if each["kind"] == "raw"]) < 50
