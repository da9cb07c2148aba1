"""What a Redis can do to its journal and a database cannot: come back with less, answer late, be shared."""

import asyncio

import pytest

from chat.journal import BegunAnew, Cursor, Gap, JournalError
from chat.journal.redis import RedisJournal
from tests.faults.oracles import eventually
from tests.journal.words import by, is_gap, said, text_of, whole
from tests.proxy import Proxy
from tests.servers import RedisServer


@pytest.fixture
def own(tmp_path):
    with RedisServer(tmp_path) as own:
        yield own


async def test_a_log_that_lost_its_end_serves_no_cursor_from_before(own, topic):
    """Not even once as much has been written again, which says something else."""
    journal = RedisJournal(own.url)
    start = await journal.position(topic)
    for seq in range(1, 4):
        kept = await journal.append(topic, [said(f"{seq} ")], by(1, seq))
    with own.client() as client:
        client.save()
    lost = await journal.append(topic, [said("lost")], by(1, 4))
    own.kill()
    own.start()
    assert await is_gap(journal, topic, lost)
    assert await is_gap(journal, topic, kept)
    with pytest.raises(BegunAnew):
        await RedisJournal(own.url).append(topic, [said("on")], by(1, 5, epoch=start.epoch))
    assert text_of(await journal.remains(topic, 1)) == "2 3 ", "recovery reads what is left"
    for seq in range(1, 4):
        end = await RedisJournal(own.url).append(topic, [said("else")], by(2, seq))
    assert end.offset > lost.offset
    assert end.epoch != lost.epoch
    assert await is_gap(journal, topic, lost)
    with pytest.raises(Gap):
        await journal.remains(topic, end.offset + 1)


async def test_an_append_that_redis_comes_to_too_late_adds_nothing(own, topic, monkeypatch):
    """It was given up in a stall, its writer has begun the topic anew, and then Redis gets to it."""
    monkeypatch.setattr("chat.journal.redis.WRITE_SECONDS", 0.2)
    with Proxy(own.port) as wire:
        stalled, other = RedisJournal(f"redis://127.0.0.1:{wire.port}"), RedisJournal(own.url)
        await stalled.append(topic, [said("early")], by(1, 1))
        wire.pause()
        with pytest.raises(JournalError):
            await stalled.append(topic, [said("late")], by(1, 2))
        anew = await other.restart(topic)
        before = _calls(own)
        wire.resume()
        await eventually(lambda: _calls(own) > before, 5, "the late call")
        assert await other.read(topic, anew) == []


def _calls(redis: RedisServer) -> int:
    with redis.client() as client:
        return int(client.info("commandstats")["cmdstat_evalsha"]["calls"])


async def test_a_connection_that_breaks_between_two_appends_is_made_anew(own, topic):
    journal = RedisJournal(own.url)
    start = await journal.append(topic, [said("a")], by(1, 1))
    with own.client() as client:
        client.client_kill_filter(_type="normal", skipme=True)
    await journal.append(topic, [said("b")], by(1, 2))
    assert text_of(await whole(journal, topic, start)) == "b"


async def test_a_follower_hears_again_after_its_connection_was_lost(own, topic):
    here, there = RedisJournal(own.url), RedisJournal(own.url)
    start, seen = await here.position(topic), []
    await there.append(topic, [said("one")])
    async for entries in here.follow(topic, start):
        seen += entries
        if text_of(seen) == "one":
            with own.client() as client:
                client.client_kill_filter(_type="pubsub")
            await there.append(topic, [said("two")])
        elif text_of(seen) == "onetwo":
            await there.append(topic, [said("three")])
        else:
            break
    assert text_of(seen) == "onetwothree"


async def test_a_topic_that_redis_refuses_does_not_spoil_the_others_of_its_batch(own, topic):
    journal, other = RedisJournal(own.url), f"{topic}:other"
    await journal.append(topic, [said("a")], by(1, 1))
    with own.client() as client:
        await journal.position(other)
        client.set(f"rivulet:log:{other}", "no stream")
        refused = journal.append(other, [said("x", "turn-2")], by(1, 1, "turn-2"))
        fine = journal.append(topic, [said("b")], by(1, 2))
        assert (await fine).offset == 2
        with pytest.raises(JournalError):
            await refused
        client.delete(f"rivulet:log:{other}")
    assert (await journal.append(other, [said("x", "turn-2")], by(1, 1, "turn-2"))).offset == 1, (
        "it is repeated"
    )


async def test_sites_that_share_a_redis_do_not_see_each_other(own, topic):
    one, two = RedisJournal(own.url, "one:"), RedisJournal(own.url, "two:")
    end = await one.append(topic, [said("x")], by(1, 1))
    assert await is_gap(two, topic, end)
    assert (await two.append(topic, [said("y")], by(1, 1))).offset == 1
    assert await two.trim(0, []) == [topic]
    assert text_of(await one.read(topic, Cursor(end.epoch, 0))) == "x"


async def test_what_has_long_been_quiet_is_forgotten(own, topic, monkeypatch):
    monkeypatch.setattr("chat.journal.redis.KEPT_SECONDS", 0)
    journal = RedisJournal(own.url)
    await journal.append(topic, [said("x")], by(1, 1))
    await journal.trim(0, [])
    with own.client() as client:
        assert client.keys() == []


async def test_a_topic_that_was_quiet_outlives_a_restart(own, topic):
    """Whoever has a page of it open does not load it afresh with all the others."""
    journal = RedisJournal(own.url)
    end = await journal.append(topic, [said("x")], by(1, 1))
    await journal.trim(0, [])
    with own.client() as client:
        client.save()
    own.kill()
    own.start()
    assert await journal.position(topic) == end
    assert await journal.read(topic, end) == []
    assert await journal.append(topic, [said("y")], by(2, 1)) == Cursor(end.epoch, end.offset + 1)


async def test_a_crowd_that_reads_at_once_is_served_as_one(own, topic):
    """As when a thousand pages come back in the same second: nobody is turned away for having waited in a line."""
    journal = RedisJournal(own.url)
    start = await journal.position(topic)
    await journal.append(topic, [said("x")])
    before = _calls(own)
    pages = await asyncio.gather(*(journal.read(topic, start) for _ in range(1000)))
    assert {text_of(page) for page in pages} == {"x"}
    assert _calls(own) - before == 1000


async def test_whoever_gives_up_waiting_takes_no_connection_from_others(own, topic):
    journal = RedisJournal(own.url)
    start = await journal.position(topic)
    with own.client() as client:
        before = client.info("stats")["total_connections_received"]
        for _ in range(20):
            given_up = [asyncio.ensure_future(journal.read(topic, start)) for _ in range(5)]
            reading = asyncio.ensure_future(journal.read(topic, start))
            await asyncio.sleep(0)
            for each in given_up:
                each.cancel()
            assert await reading == []
        assert client.info("stats")["total_connections_received"] == before
