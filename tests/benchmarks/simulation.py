"""The way of a token through one core, as a simulation: `python -m tests.benchmarks.simulation`.

Each reply gets a token every 50 ms. It is received when it comes; its runner takes what has come and then rests until a beat
that all runners share; what it took waits for the write under way and goes with the next; once that is durable, a viewer gets
a frame, unless it had one a moment ago. Once a second the rows of all replies are written, one after the other, by a thread
that takes turns with the loop. One core does all of it, an iteration of the event loop at a time: waking up costs the same
for one thing to do as for many.

What is done for each reply costs what its share of the processor was at 500, by a profile (docs/benchmarks.md). Three
costs were fitted to the processor time of RECORDED at 1, 50 and 500 replies: of a wake-up, of a commit, and of doing nothing.
Every other figure is predicted, each latency among them. It is seeded: the same each time.
"""

import heapq
import math
import random
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

TOKENS_PER_SECOND = 20


@dataclass(frozen=True)
class Figures:
    """Milliseconds, and microseconds of the core a token."""

    p50: float
    p99: float
    processor: float


# By replies at once: what `make bench-speed` saw of the product on one core, on SQLite (docs/benchmarks.md).
RECORDED = {
    1: Figures(0.9, 2.2, 1200),
    50: Figures(51.7, 84.4, 103),
    100: Figures(52.6, 103.0, 83),
    200: Figures(55.1, 104.5, 71),
    500: Figures(66.0, 131.8, 60),
}


@dataclass(frozen=True)
class Costs:
    """Microseconds of the core; `idle` is the share of it that is busy without any reply."""

    wake: float = 8
    receive: float = 24.5
    read: float = 17
    commit: float = 400
    entry: float = 8
    frame: float = 16
    row: float = 180
    idle: float = 0.0138
    # Of a commit, what is waited for and not computed.
    disk_seconds: float = 0.0002


@dataclass(frozen=True)
class Pace:
    """The rests of docs/decisions/006-pace.md, in seconds: of a runner after a read, of a viewer after a frame."""

    reads_a_second: float = 400
    shortest: float = 0.01
    longest: float = 0.1
    beat: float = 0.025
    between_frames: float = 0.05
    no_rest: float = 0.015

    def of_runner(self, replies: int) -> float:
        wanted = replies / self.reads_a_second
        return min(wanted, self.longest) if wanted >= self.shortest else 0.0

    def strike(self, now: float, rest: float) -> float:
        """The beat that is nearest to the end of the rest, and is yet to come."""
        return max(round((now + rest) / self.beat), math.floor(now / self.beat) + 1) * self.beat


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, when: float, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._due, (when, self._number, what))

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, what = heapq.heappop(self._due)
            what()


class Core:
    """One thing at a time, in the order of asking. An iteration takes up all that is asked for, and begins with `wake`."""

    def __init__(self, clock: Clock, wake: float = 0.0) -> None:
        self._clock, self._wake = clock, wake
        self._asked: deque[tuple[float, Callable[[], None]]] = deque()
        self._left = 0
        self._is_busy = False
        self.busy = 0.0

    def ask(self, seconds: float, then: Callable[[], None]) -> None:
        self._asked.append((seconds, then))
        if not self._is_busy:
            self._next()

    def _next(self) -> None:
        self._is_busy = bool(self._asked)
        if not self._asked:
            self._left = 0
            return
        wake = 0.0 if self._left else self._wake
        self._left = (self._left or len(self._asked)) - 1
        seconds, then = self._asked.popleft()
        self.busy += wake + seconds

        def done() -> None:
            then()
            self._next()

        self._clock.at(self._clock.now + wake + seconds, done)


@dataclass
class Reply:
    """Times at which tokens were sent: those that came, and those that are durable and not shown yet."""

    came: list[float] = field(default_factory=list)
    durable: list[float] = field(default_factory=list)
    reads: bool = False
    shows: bool = False
    shown_at: float = -1.0


class Server:
    def __init__(self, replies: int, costs: Costs, pace: Pace, seed: int = 7) -> None:
        self.clock, self.costs, self.pace = Clock(), costs, pace
        self.core = Core(self.clock, costs.wake / 1e6)
        self.rest = pace.of_runner(replies)
        self.pending: dict[int, list[float]] = {}
        self.written: dict[int, list[float]] = {}
        self.sent = self.received = 0
        self.latencies: list[float] = []
        self.replies = [Reply() for _ in range(replies)]
        chance = random.Random(seed)
        for number in range(replies):
            first = chance.random() / TOKENS_PER_SECOND
            self.clock.at(first, partial(self._send, number))
        self.clock.at(chance.random(), self._checkpoint)

    # --- the runner ---

    def _send(self, number: int) -> None:
        sent = self.clock.now
        self.sent += 1
        self.clock.at(sent + 1 / TOKENS_PER_SECOND, lambda: self._send(number))
        self.core.ask(self.costs.receive / 1e6, lambda: self._receive(number, sent))

    def _receive(self, number: int, sent: float) -> None:
        self.received += 1
        self.replies[number].came.append(sent)
        self._read(number)

    def _read(self, number: int) -> None:
        reply = self.replies[number]
        if not reply.reads and reply.came:
            reply.reads = True
            self.core.ask(self.costs.read / 1e6, lambda: self._append(number))

    def _append(self, number: int) -> None:
        reply = self.replies[number]
        self.pending.setdefault(number, []).extend(reply.came)
        reply.came = []
        now = self.clock.now
        self.clock.at(self.pace.strike(now, self.rest) if self.rest else now, lambda: self._rested(number))
        self._write()

    def _rested(self, number: int) -> None:
        self.replies[number].reads = False
        self._read(number)

    # --- the journal ---

    def _write(self) -> None:
        """While one write is under way, what is appended waits for the next."""
        if self.written or not self.pending:
            return
        self.written, self.pending = self.pending, {}
        cost = self.costs.commit + self.costs.entry * len(self.written)
        wait = self.costs.disk_seconds
        self.core.ask(cost / 1e6, lambda: self.clock.at(self.clock.now + wait, self._durable))

    def _durable(self) -> None:
        batch, self.written = self.written, {}
        for number, tokens in batch.items():
            self.replies[number].durable += tokens
            self._news(number)
        self._write()

    # --- the viewer ---

    def _news(self, number: int) -> None:
        reply = self.replies[number]
        if reply.shows:
            return
        reply.shows = True
        now = self.clock.now
        left = reply.shown_at + self.pace.between_frames - now
        self.clock.at(
            self.pace.strike(now, left) if left > self.pace.no_rest else now, lambda: self._show(number)
        )

    def _show(self, number: int) -> None:
        self.core.ask(self.costs.frame / 1e6, lambda: self._shown(number))

    def _shown(self, number: int) -> None:
        reply = self.replies[number]
        reply.shows, reply.shown_at = False, self.clock.now
        self.latencies += [self.clock.now - sent for sent in reply.durable]
        reply.durable = []

    # --- the rows ---

    def _checkpoint(self) -> None:
        self.clock.at(self.clock.now + 1.0, self._checkpoint)
        self._next_row(len(self.replies))

    def _next_row(self, left: int) -> None:
        """Row by row, since the thread lets go of the interpreter at each statement."""
        if left:
            self.core.ask(self.costs.row / 1e6, lambda: self._next_row(left - 1))

    @property
    def under_way(self) -> int:
        waiting = sum(len(reply.came) + len(reply.durable) for reply in self.replies)
        written = sum(map(len, [*self.pending.values(), *self.written.values()]))
        return self.sent - self.received + waiting + written


def simulate(replies: int, seconds: float = 4.0, costs: Costs = Costs(), pace: Pace = Pace()) -> Figures:
    """Without the first second, in which everybody begins."""
    server = Server(replies, costs, pace)
    server.clock.run(1.0)
    server.latencies, busy = [], server.core.busy
    server.clock.run(1.0 + seconds)
    late = sorted(server.latencies)
    processor = (server.core.busy - busy + costs.idle * seconds) / len(late) * 1e6
    return Figures(statistics.median(late) * 1e3, late[int(len(late) * 0.99)] * 1e3, processor)


def table() -> str:
    lines = ["| replies | figure | predicted | measured | error |", "| --- | --- | --- | --- | --- |"]
    for replies, measured in RECORDED.items():
        predicted = simulate(replies)
        for name, unit in (("p50", "ms"), ("p99", "ms"), ("processor", "µs a token")):
            said, seen = getattr(predicted, name), getattr(measured, name)
            lines.append(f"| {replies} | {name} | {said:.1f} {unit} | {seen:.1f} | {said / seen - 1:+.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
