"""For every cursor, cut, slow reader and crash point: what a follower has seen is exactly the log."""

import asyncio
import uuid

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.journal import Cursor, JournalError
from chat.journal.database import DatabaseJournal
from chat.journal.memory import MemoryJournal
from tests.journal.words import by, over, said, text_of, whole

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12),
    st.integers(1, 60_000).map(lambda size: "w" * size),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), TEXTS),
        st.tuples(st.just("end"), st.none()),
        st.tuples(st.just("settle"), st.none()),
        st.tuples(st.just("take"), st.integers(0, 2)),
        st.tuples(st.just("cut"), st.integers(0, 2)),
        st.tuples(st.just("fault"), st.sampled_from(["before", "after"])),
        st.tuples(st.just("crash"), st.none()),
    ),
    max_size=40,
)
COMMON = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def faulty(kind):
    """The same journal, of which a write can be made to fail before or after it is kept."""

    class Faulty(kind):
        fault = ""

        async def write(self, batch):
            fault, self.fault = self.fault, ""
            if fault == "before":
                raise JournalError("before")
            await super().write(batch)
            if fault == "after":
                raise JournalError("after")

    return Faulty


class World:
    """One writer, who repeats what failed, and three followers, each with its own habits."""

    def __init__(self, kind, topic) -> None:
        self.kind, self.topic = kind, topic
        self.journal = kind()
        self.said: list[str] = []
        self.seq = 0
        self.waiting = []
        self.seen = [[], [], []]

    async def open(self) -> None:
        self.start = await self.journal.position(self.topic)
        self.followers = [self.journal.follower(self.topic, self.start) for _ in self.seen]

    def place(self, number: int) -> Cursor:
        return Cursor(self.start.epoch, self.seen[number][-1].offset) if self.seen[number] else self.start

    async def do(self, step: str, value) -> None:
        match step:
            case "say":
                self.append([said(value)])
                self.said.append(value)
            case "end":
                self.append([over()])
            case "settle":
                await self.settle()
            case "take":
                self.seen[value] += await self.followers[value].take()
            case "cut":
                self.followers[value].close()
                self.followers[value] = self.journal.follower(self.topic, self.place(value))
            case "fault":
                self.journal.fault = value
            case "crash" if not issubclass(self.kind, MemoryJournal):
                await self.crash()

    def append(self, events) -> None:
        self.seq += 1
        fence = by(1, self.seq, self.topic)
        self.waiting.append((events, fence, self.journal.append(self.topic, events, fence)))

    async def settle(self) -> None:
        """Everything that was appended is kept, whatever it takes."""
        waiting, self.waiting = self.waiting, []
        for events, fence, done in waiting:
            while True:
                try:
                    await done
                    break
                except JournalError:
                    done = self.journal.append(self.topic, events, fence)

    async def crash(self) -> None:
        """The process is gone: another opens the same database, and the writer repeats what was not acknowledged."""
        unsure = [(events, fence) for events, fence, done in self.waiting if not _acknowledged(done)]
        if self.journal._writer:
            self.journal._writer.cancel()
            await asyncio.gather(self.journal._writer, return_exceptions=True)
        if isinstance(self.journal, DatabaseJournal):
            self.journal._write_thread.shutdown(wait=True)
        self.journal = self.kind()
        self.followers = [self.journal.follower(self.topic, self.place(n)) for n in range(3)]
        self.waiting = [(e, f, self.journal.append(self.topic, e, f)) for e, f in unsure]

    async def close(self) -> None:
        self.journal.fault = ""
        await self.settle()
        for number, follower in enumerate(self.followers):
            while entries := await follower.take():
                self.seen[number] += entries
            follower.close()


def _acknowledged(done) -> bool:
    return done.done() and not done.cancelled() and done.exception() is None


@COMMON
@given(steps=STEPS)
def test_every_follower_has_seen_exactly_the_log(kind, steps):
    async def story() -> None:
        world = World(faulty(kind), f"topic:{uuid.uuid4()}")
        await world.open()
        for step, value in steps:
            await world.do(step, value)
        await world.close()
        log = await whole(world.journal, world.topic, world.start)
        assert text_of(log) == "".join(world.said)
        assert [entry.offset for entry in log] == list(range(1, len(log) + 1))
        for seen in world.seen:
            assert seen == log

    asyncio.run(story())


@COMMON
@given(texts=st.lists(TEXTS, min_size=1, max_size=12), data=st.data())
def test_every_cursor_gives_the_rest_of_the_log(kind, texts, data):
    async def story() -> None:
        journal, topic = kind(), f"topic:{uuid.uuid4()}"
        start = await journal.position(topic)
        for text in texts:
            await journal.append(topic, [said(text)])
        log = await whole(journal, topic, start)
        at = data.draw(st.integers(0, len(log)))
        rest = await whole(journal, topic, Cursor(start.epoch, at))
        assert rest == log[at:]

    asyncio.run(story())
