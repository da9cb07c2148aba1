"""/metrics says what happens in the process, and names nobody."""

import asyncio
from contextlib import aclosing

import pytest
from django.urls import get_resolver

from chat.telemetry import metrics
from tests.faults.oracles import eventually
from tests.telemetry.scrape import figures
from tests.viewers import DOORS, follow

release = asyncio.Event()


async def hello(wire):
    await wire.head()
    for word in ("One ", "two ", "three."):
        await wire.say(word)
    await wire.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    await wire.finish()


async def refused(wire):
    await wire.head(401, "application/json")
    await wire.send(b'{"error": {"message": "no"}}')


async def endless(wire):
    await wire.head()
    while not wire.hung_up.is_set():
        await wire.say("on ")
        await asyncio.sleep(0.02)


SCRIPTS = {"hello": hello, "refused": refused, "endless": endless}


async def test_a_reply_moves_the_figures_of_turns_and_of_the_journal(world, alice):
    before = await figures(world.product.url)
    await world.outcome(await world.begin(alice, "hello"))
    after = await figures(world.product.url)

    def grown(*at):
        return after[at] - before[at]

    assert grown("rivulet_turns_total", "complete") == 1
    assert grown("rivulet_turn_first_token_seconds_count") == 1
    assert grown("rivulet_turn_tokens_per_second_count") == 1
    assert grown("rivulet_turn_seconds_sum") > 0
    assert (grown("rivulet_tokens_total", "prompt"), grown("rivulet_tokens_total", "completion")) == (7, 3)
    assert grown("rivulet_journal_commit_seconds_count") == grown("rivulet_journal_batch_appends_count") > 0
    assert grown("rivulet_journal_batch_appends_sum") >= 3
    assert grown("rivulet_event_loop_lag_seconds_count") > 0
    assert after["process_resident_memory_bytes"] > 1e6
    assert after["process_open_fds"] > 3


async def test_what_a_model_server_refuses_is_counted_by_its_reason(world, alice):
    before = await figures(world.product.url)
    assert (await world.outcome(await world.begin(alice, "refused"))).status == "failed"
    after = await figures(world.product.url)
    assert (
        after["rivulet_provider_errors_total", "auth"] - before["rivulet_provider_errors_total", "auth"] == 1
    )
    assert after["rivulet_turns_total", "failed"] - before["rivulet_turns_total", "failed"] == 1


async def test_viewers_followers_and_runners_are_counted_while_they_are_there(world, alice):
    viewer = await world.begin(alice, "endless")
    turn = world.last(viewer).turn

    async def read(door):
        async with aclosing(follow(alice, viewer.conversation, viewer.cursor, door)) as frames:
            async for _ in frames:
                pass

    readers = [asyncio.create_task(read(door)) for door in ("socket", "stream")]

    async def seen():
        now = await figures(world.product.url)
        doors = [now["rivulet_viewers", door] for door in DOORS]
        return doors[:2] == [1, 1] and now["rivulet_runners"] == 1 and now["rivulet_journal_followers"] >= 4

    async with asyncio.timeout(10):
        while not await seen():
            await asyncio.sleep(0.05)
    for reader in readers:
        reader.cancel()
    await alice.act(turn, "stop")
    await eventually(lambda: world.last(viewer).is_over, 10, "the end")

    async def gone():
        now = await figures(world.product.url)
        return not any(now["rivulet_viewers", door] for door in DOORS) and now["rivulet_runners"] == 0

    async with asyncio.timeout(10):
        while not await gone():
            await asyncio.sleep(0.05)


async def test_no_label_holds_what_somebody_wrote(world, alice):
    await alice.get("/no/such/page-of-alice/?q=secret")
    await alice.get("/shared/some-token/")
    now = await figures(world.product.url)
    allowed = {
        "status": {"complete", "stopped", "failed", "interrupted", *(f"{n}xx" for n in range(1, 6))},
        "transport": set(DOORS),
        "direction": {"prompt", "completion"},
        "reason": metrics.REASONS | {metrics.OTHER},
        "route": {name for name in get_resolver().reverse_dict if isinstance(name, str)}
        | {"admin", "none", "static"},
    }
    for name, values in now.labels.items():
        if name != "le":
            assert values <= allowed[name], name


@pytest.mark.parametrize(
    ("address", "headers", "token", "status"),
    [
        ("127.0.0.1", {}, "", 200),
        ("::1", {}, "", 200),
        ("10.1.2.3", {}, "", 200),
        ("::ffff:192.168.0.9", {}, "", 200),
        ("203.0.114.9", {}, "", 404),
        ("2606:4700::1", {}, "", 404),
        ("", {}, "", 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.114.9"}, "", 404),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, "", 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, "", 404),
        ("127.0.0.1", {"Via": "1.1 front"}, "", 404),
        ("203.0.114.9", {"Authorization": "Bearer right", "X-Forwarded-For": "203.0.114.9"}, "right", 200),
        ("203.0.114.9", {"Authorization": "Bearer wrong"}, "right", 404),
        ("127.0.0.1", {}, "right", 404),
        ("127.0.0.1", {"Authorization": "Bearer "}, "", 200),
        ("203.0.114.9", {"Authorization": "Bearer "}, "", 404),
    ],
)
@pytest.mark.django_db
def test_only_who_is_near_or_has_the_token_reads_them(client, settings, address, headers, token, status):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


def test_a_reason_that_nobody_knows_is_other():
    before = metrics.provider_errors.labels("other")._value.get()
    metrics.provider_failed("alice's password is hunter2")
    assert metrics.provider_errors.labels("other")._value.get() == before + 1
