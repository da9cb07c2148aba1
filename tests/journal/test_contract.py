"""What every journal does, said once and asked of each."""

import asyncio

import pytest

from chat.journal import LAST, BegunAnew, Cursor, Gap, JournalError, StaleFence
from chat.journal.memory import MemoryJournal
from tests.journal.words import by, is_gap, over, said, text_of, whole


async def test_a_new_topic_is_at_its_beginning_and_keeps_its_epoch(kind, topic):
    journal = kind()
    first, again = await journal.position(topic), await journal.position(topic)
    assert first == again
    assert first.offset == 0
    assert await journal.read(topic, first) == []


async def test_an_append_is_readable_once_its_cursor_is_known(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    cursor = await journal.append(topic, [said("one"), over()])
    assert cursor == await journal.position(topic) == Cursor(start.epoch, 2)
    assert [entry.offset for entry in await journal.read(topic, start)] == [1, 2]


async def test_texts_that_wait_together_become_one_entry(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    for seq in range(1, 101):
        last = journal.append(topic, [said(f"{seq} ")], by(1, seq))
    await last
    entries = await journal.read(topic, start)
    assert len(entries) == 1
    assert text_of(entries) == "".join(f"{seq} " for seq in range(1, 101))


async def test_texts_of_different_turns_stay_apart(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    journal.append(topic, [said("a", "one")], by(1, 1, "one"))
    await journal.append(topic, [said("b", "two")], by(1, 1, "two"))
    assert len(await journal.read(topic, start)) == 2


async def test_a_repeated_append_adds_nothing(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    first = await journal.append(topic, [said("once")], by(1, 1))
    again = await journal.append(topic, [said("once")], by(1, 1))
    assert first == again
    assert text_of(await journal.read(topic, start)) == "once"


async def test_a_repeated_end_adds_nothing_whoever_repeats_it(kind, topic):
    journal, other = kind(), kind()
    start = await journal.position(topic)
    await journal.append(topic, [over()], by(1, LAST))
    repeats = journal if kind is MemoryJournal else other
    await repeats.append(topic, [over()], by(1, LAST))
    assert len(await journal.read(topic, start)) == 1


async def test_a_repeat_that_waits_with_what_it_repeats_adds_nothing(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    ends = journal.append(topic, [over()], by(1, LAST))
    between = journal.append(topic, [said("of another", "turn-2")])
    again = journal.append(topic, [over()], by(1, LAST))
    async with asyncio.timeout(10):
        await asyncio.gather(ends, between, again)
        assert (await journal.append(topic, [said("later", "turn-2")])).offset == 3
    assert len(await journal.read(topic, start)) == 3


async def test_a_writer_that_was_replaced_can_write_nowhere(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    await journal.append(topic, [said("old")], by(1, 1))
    await journal.append(topic, [], by(2, 1))
    with pytest.raises(StaleFence):
        await journal.append(topic, [said("late")], by(1, 2))
    with pytest.raises(StaleFence):
        await journal.append(f"{topic}:elsewhere", [said("late")], by(1, 3))
    assert text_of(await journal.read(topic, start)) == "old"


async def test_a_stale_writer_does_not_spoil_the_batch_it_travels_in(kind, topic):
    journal = kind()
    await journal.append(topic, [], by(2, 1))
    stale = journal.append(topic, [said("late")], by(1, 1))
    good = journal.append(f"{topic}:b", [said("fine", "turn-2")], by(1, 1, "turn-2"))
    with pytest.raises(StaleFence):
        await stale
    assert (await good).offset == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "1",
        "abc",
        "-1",
        "x:-1",
        "x:1.5",
        "x:NaN",
        f"x:{2**80}",
        "x:",
        ":1",
        "x" * 10_000,
        "a:b:c",
        "x:١",
    ],
)
def test_what_is_no_cursor_is_a_gap(text):
    with pytest.raises(Gap):
        Cursor.parse(text)


async def test_a_cursor_that_cannot_be_served_is_a_gap(kind, topic):
    journal = kind()
    end = await journal.append(topic, [said("x")])
    assert await is_gap(journal, topic, Cursor(end.epoch, end.offset + 1))
    assert await is_gap(journal, topic, Cursor("other", 0))
    assert await is_gap(journal, f"{topic}:unknown", end) or kind is MemoryJournal


async def test_trimming_spares_what_is_to_be_kept_and_what_is_fresh(kind, topic):
    journal = kind()
    kept, fresh = f"{topic}:kept", f"{topic}:fresh"
    starts = {name: await journal.position(name) for name in (topic, kept, fresh)}
    for name in starts:
        await journal.append(name, [said("x", name)])
    await journal.trim(3600, [])
    assert not await is_gap(journal, topic, starts[topic])
    await journal.trim(0, [kept, fresh])
    assert await is_gap(journal, topic, starts[topic])
    assert not await is_gap(journal, kept, starts[kept])
    end = await journal.position(topic)
    assert await journal.read(topic, end) == []
    assert (await journal.append(topic, [said("on")])).offset == end.offset + 1


async def test_trimming_tells_which_topics_had_anything(kind, topic):
    journal = kind()
    other = f"{topic}:empty"
    await journal.position(other)
    await journal.append(topic, [said("x")])
    assert await journal.trim(0, []) == [topic]
    assert await journal.trim(0, []) == []


async def test_a_topic_that_was_dropped_begins_anew_and_its_writers_too(kind, topic):
    journal = kind()
    old = await journal.append(topic, [said("x")], by(2, 5))
    await journal.drop(topic, [by(2, 5).key])
    assert await is_gap(journal, topic, old)
    new = await journal.append(topic, [said("y")], by(1, 1))
    assert new.epoch != old.epoch
    assert text_of(await journal.read(topic, Cursor(new.epoch, 0))) == "y"


async def test_a_restart_makes_every_older_cursor_a_gap(kind, topic):
    journal = kind()
    old = await journal.append(topic, [said("x")])
    new = await journal.restart(topic)
    assert new.epoch != old.epoch
    assert await is_gap(journal, topic, old)
    assert await journal.append(topic, [said("y")]) == Cursor(new.epoch, new.offset + 1)
    assert text_of(await journal.read(topic, new)) == "y"


async def test_whoever_does_not_know_of_a_new_epoch_is_not_kept_in_it(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    await journal.append(topic, [said("one ")], by(1, 1, epoch=start.epoch))
    anew = await journal.restart(topic)
    runs_on = journal.append(topic, [said("two ")], by(1, 2, epoch=start.epoch))
    other = journal.append(topic, [said("fine", "turn-2")], by(1, 1, "turn-2", anew.epoch))
    with pytest.raises(BegunAnew):
        await runs_on
    assert await journal.read(topic, anew) != []
    with pytest.raises(JournalError):
        await journal.append(topic, [said("three ")], by(1, 3, epoch=anew.epoch))
    again = await journal.restart(topic)
    await journal.append(topic, [said("three ")], by(1, 4, epoch=again.epoch))
    assert (await other).epoch == anew.epoch
    assert text_of(await journal.read(topic, again)) == "three "


async def test_what_came_before_new_epochs_remains(kind, topic):
    journal = kind()
    await journal.append(topic, [said("one ")], by(1, 1))
    place = (await journal.append(topic, [said("two ")], by(1, 2))).offset - 1
    await journal.restart(topic)
    await journal.append(topic, [said("of another", "turn-2")])
    await journal.restart(topic)
    assert text_of(await journal.remains(topic, place)) == "two of another"
    await journal.trim(0, [])
    assert await journal.remains(topic, place + 2) == []


async def test_a_follower_sees_what_was_there_and_what_comes(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    await journal.append(topic, [said("before ")], by(1, 1))
    seen = []
    async for entries in journal.follow(topic, start):
        seen += entries
        if len(seen) == 1:
            journal.append(topic, [said("after"), over()], by(1, 2))
        if len(seen) >= 3:
            break
    assert text_of(seen) == "before after"
    assert [entry.offset for entry in seen] == [1, 2, 3]


async def test_a_follower_is_not_shown_what_is_not_durable(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    follower = journal.follower(topic, start)
    await follower.take()
    done = journal.append(topic, [said("x")])
    assert await follower.take() == []
    await done
    await follower.wake.wait()
    assert text_of(await follower.take()) == "x"
    follower.close()


async def test_a_follower_of_a_restarted_topic_is_told(kind, topic):
    journal = kind()
    start = await journal.append(topic, [said("x")])
    follower = journal.follower(topic, start)
    await follower.take()
    await journal.restart(topic)
    await follower.wake.wait()
    with pytest.raises(Gap):
        await follower.take()
    follower.close()


async def test_a_follower_that_does_not_read_costs_a_place_and_loses_nothing(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    follower = journal.follower(topic, start)
    await follower.take()
    for seq in range(1, 41):
        await journal.append(topic, [said("x" * 10_000)], by(1, seq))
    assert follower._bytes == 0, "the buffer is dropped once it is full"
    seen = []
    while entries := await follower.take():
        seen += entries
    assert text_of(seen) == "x" * 400_000
    follower.close()


async def test_a_listener_hears_from_now_on(kind, topic):
    journal = kind()
    await journal.append(topic, [said("before")])
    wake = asyncio.Event()
    listener = journal.listener(topic, wake)
    await journal.append(topic, [said("after")])
    await wake.wait()
    assert text_of(listener.take()) == "after"
    listener.close()


async def test_pages_of_a_long_log_join_without_a_seam(kind, topic):
    journal = kind()
    start = await journal.position(topic)
    for number in range(60):
        await journal.append(topic, [said(f"{number:04}" + "y" * 9_000)])
    entries = await whole(journal, topic, start)
    assert [entry.offset for entry in entries] == list(range(1, 61))
