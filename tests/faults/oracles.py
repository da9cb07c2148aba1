"""What holds after every fault, whichever it was."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import psutil

from tests.cluster import Member
from tests.ledger import Ledger, TurnRow
from tests.pages import Shown
from tests.reading import read
from tests.viewers import Person, Viewer

Seen = TypeVar("Seen")


async def eventually(look: Callable[[], Seen | None], seconds: float = 10, what: str = "") -> Seen:
    """The first true thing that `look` returns."""
    deadline = time.monotonic() + seconds
    while True:
        if seen := look():
            return seen
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or look}"
        await asyncio.sleep(0.02)


async def eventually_async(look: Callable[[], Awaitable[Seen | None]], seconds: float = 10) -> Seen:
    deadline = time.monotonic() + seconds
    while True:
        if seen := await look():
            return seen
        assert time.monotonic() < deadline, f"not within {seconds} s: {look}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def asleep(sleeper: Member, ledger: Ledger) -> AsyncIterator[None]:
    """Put to sleep between two transactions: amid one it would keep others from writing for as long as it sleeps, which on
    SQLite is all of them, and on PostgreSQL until the server puts an end to it."""
    sleeper.freeze()
    try:
        while ledger.is_held():
            sleeper.thaw()
            await eventually(lambda: not ledger.is_held())
            sleeper.freeze()
        yield
    finally:
        sleeper.thaw()


async def ends(ledger: Ledger, turn: str, seconds: float = 15) -> TurnRow:
    """O1: the turn reaches a terminal state in time."""

    def over() -> TurnRow | None:
        row = ledger.turn(turn)
        return row if row.is_over else None

    return await eventually(over, seconds, f"the end of turn {turn}, which is {ledger.turn(turn).status}")


async def exact(ledger: Ledger, row: TurnRow, viewers: Iterable[Viewer], person: Person) -> Shown:
    """O2: database, journal, viewers and a page that is loaded now have one text."""
    assert ledger.journalled(row) == row.text, "journal and database differ"
    for viewer in viewers:
        assert viewer.texts[row.turn] == row.text, f"the viewer over {viewer.door} differs"
        assert viewer.statuses[row.turn] == row.status
    shown = next(shown for shown in (await person.open(row.conversation)).messages if shown.turn == row.turn)
    assert shown.text == read(row.text), "the page differs"
    assert shown.status == row.status
    return shown


def kept(before: str, row: TurnRow) -> None:
    """O3: what anybody had seen is still there."""
    assert row.text.startswith(before), f"{before[-80:]!r} had been shown, {row.text[-80:]!r} was kept"


def explained(row: TurnRow, shown: Shown, way_out: str = "retry") -> None:
    """O6: a plain sentence, and a button."""
    assert row.error, f"{row.status} {row.reason} without a word"
    assert row.error in shown.whole
    assert not any(mark in row.error for mark in ("Error", "Exception", "Traceback", "{", "<", "HTTP "))
    assert way_out in shown.actions


def silent(secret: str, ledger: Ledger, log: str, *pages: str) -> None:
    """O7: a secret is in no page, no log, no row."""
    for page in pages:
        assert secret not in page
    assert secret not in log
    assert secret.encode() not in ledger.everything()


class Footprint:
    """O5: what processes hold, each to be compared with what it held before."""

    def __init__(self, *pids: int, pool: int = 0) -> None:
        """`pool` is the port of a server to which connections are kept, as many as were ever needed at once."""
        self.processes = [psutil.Process(pid) for pid in pids]
        self.pool = pool
        self.before = self._count()

    def grown_mb(self) -> float:
        """Where it is most."""
        return max(
            _own_mb(each) - before for each, (before, *_) in zip(self.processes, self.before, strict=True)
        )

    async def most_mb_during(self, work: Awaitable[Seen]) -> tuple[Seen, float]:
        """What comes of the work, and the most that it took meanwhile."""
        task, most = asyncio.ensure_future(work), 0.0
        while not task.done():
            most = max(most, self.grown_mb())
            await asyncio.wait({task}, timeout=0.02)
        return await task, most

    def peers(self) -> set[tuple[int, int]]:
        """The ports from which somebody is connected, each with the process that has it, as the processes themselves see it:
        the kernel may keep for longer what a client has not read of a connection that is closed. A port may come twice, to
        two processes."""
        return {
            (each.pid, c.raddr.port)
            for each in self.processes
            for c in each.net_connections("tcp")
            if c.raddr
        }

    async def is_back(self, megabytes: float = 30, threads: int = 20, seconds: float = 15) -> None:
        """Memory, threads and connections are again about what they were."""

        def settled() -> bool:
            each = zip(self._count(), self.before, strict=True)
            return all(
                now[0] - was[0] < megabytes and now[1] - was[1] < threads and now[2] <= was[2]
                for now, was in each
            )

        await eventually(settled, seconds, f"{self._count()} is not {self.before} (MB, threads, connections)")

    def _count(self) -> list[tuple[float, int, int]]:
        return [(_own_mb(each), each.num_threads(), self._connections(each)) for each in self.processes]

    def _connections(self, process: psutil.Process) -> int:
        connections = process.net_connections("tcp")
        return sum(bool(c.raddr) and c.raddr.port != self.pool for c in connections)


def _own_mb(process: psutil.Process) -> float:
    """Pages of files, among them the database, belong to the system, which takes them back."""
    memory = process.memory_info()
    return float(memory.rss - memory.shared) / 1e6
