"""Two journals on one database, or one Redis, stand for two processes."""

import asyncio

from tests.journal.words import by, said, text_of, whole


async def test_a_follower_sees_what_another_process_writes(shared, topic):
    here, there = shared(), shared()
    follower = here.follower(topic, await here.position(topic))
    assert await follower.take() == []
    for text in ("one", "two"):
        await there.append(topic, [said(text)])
        async with asyncio.timeout(10):
            await follower.wake.wait()
        assert text_of(await follower.take()) == text
    follower.close()


async def test_writers_in_two_processes_share_a_topic_without_a_hole(shared, topic):
    here, there = shared(), shared()
    start = await here.position(topic)
    for seq in range(1, 21):
        await asyncio.gather(
            here.append(topic, [said("h", "here")], by(1, seq, "here")),
            there.append(topic, [said("t", "there")], by(1, seq, "there")),
        )
    entries = await whole(here, topic, start)
    assert [entry.offset for entry in entries] == list(range(1, 41))
    assert text_of(entries).count("h") == text_of(entries).count("t") == 20


async def test_writers_that_meet_in_many_topics_never_wait_for_each_other_in_a_circle(shared, topic):
    """Each locks the topics of its batch one after the other: both have to begin at the same end."""
    here, there = shared(), shared()
    topics = [f"{topic}:{number:03}" for number in range(60)]
    for seq in range(1, 9):
        await asyncio.gather(
            *(here.append(each, [said("h", "here")], by(1, seq, f"here {each}")) for each in topics),
            *(
                there.append(each, [said("t", "there")], by(1, seq, f"there {each}"))
                for each in reversed(topics)
            ),
        )
    for each in topics:
        assert (await here.position(each)).offset == 16
