"""The way of a token through one core, as a simulation: `python -m tests.benchmarks.simulation`.

Each reply gets a token every 50 ms. Its runner reads what has come and then rests; what was read waits for the write under
way and goes with the next; once that is durable, a viewer who is not resting gets a frame, and rests. One core does all of
it, an iteration of the event loop at a time: waking up costs the same for one thing to do as for many.

What the steps cost was fitted to the processor time of RECORDED at 1, 50 and 500 replies and to the median latency at 500,
where the core is full. Every other figure is predicted. It is seeded: the same each time.
"""

import heapq
import random
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

TOKENS_PER_SECOND = 20


@dataclass(frozen=True)
class Figures:
    """Milliseconds, and microseconds of the core a token."""

    p50: float
    p99: float
    processor: float


# By replies at once: what `make bench` saw, one core, on SQLite, when runners and viewers rested as `Pace` does.
RECORDED = {
    1: Figures(1.5, 3.0, 1746),
    50: Figures(51.8, 101.1, 212),
    100: Figures(53.1, 102.6, 216),
    200: Figures(102.3, 181.6, 136),
    500: Figures(153.1, 515.7, 95),
}


@dataclass(frozen=True)
class Costs:
    """Microseconds of the core; `idle` is the share of it that is busy without any reply."""

    wake: float = 65
    read: float = 66
    token: float = 4.5
    commit: float = 76
    entry: float = 15
    frame: float = 167
    idle: float = 0.0146
    # Of a commit, what is waited for and not computed.
    disk_seconds: float = 0.0004
    # How late the loop's timers are, at most.
    timer_seconds: float = 0.002


@dataclass(frozen=True)
class Pace:
    """The rests of docs/decisions/006-pace.md, in seconds: of a runner after a read, of a viewer after a frame."""

    reads_a_second: float = 400
    frames_a_second: float = 1500
    shortest: float = 0.01
    longest: float = 0.1

    def of_runner(self, replies: int) -> float:
        return self._rest(replies / self.reads_a_second)

    def of_viewer(self, replies: int) -> float:
        return self._rest(replies / self.frames_a_second)

    def _rest(self, wanted: float) -> float:
        return min(wanted, self.longest) if wanted >= self.shortest else 0.0


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


class Server:
    def __init__(self, replies: int, costs: Costs, pace: Pace, seed: int = 7) -> None:
        self.clock, self.costs = Clock(), costs
        self.core = Core(self.clock, costs.wake / 1e6)
        self.runner_rest, self.viewer_rest = pace.of_runner(replies), pace.of_viewer(replies)
        self.pending: dict[int, list[float]] = {}
        self.written: dict[int, list[float]] = {}
        self.sent = 0
        self.latencies: list[float] = []
        self.replies = [Reply() for _ in range(replies)]
        self.chance = random.Random(seed)
        for number in range(replies):
            self._begin(number)

    def _begin(self, number: int) -> None:
        """At any time, as people do: runner and viewer are in the middle of a rest each."""
        first = self.chance.random() / TOKENS_PER_SECOND
        self.clock.at(first, lambda: self._arrive(number))
        reply = self.replies[number]
        reply.reads = reply.shows = True
        self.clock.at(first + self.chance.random() * self.runner_rest, lambda: self._rested(number))
        self.clock.at(first + self.chance.random() * self.viewer_rest, lambda: self._looks(number))

    def _arrive(self, number: int) -> None:
        self.sent += 1
        self.replies[number].came.append(self.clock.now)
        self.clock.at(self.clock.now + 1 / TOKENS_PER_SECOND, lambda: self._arrive(number))
        self._read(number)

    def _read(self, number: int) -> None:
        reply = self.replies[number]
        if not reply.reads and reply.came:
            reply.reads = True
            cost = self.costs.read + self.costs.token * len(reply.came)
            self.core.ask(cost / 1e6, lambda: self._append(number))

    def _append(self, number: int) -> None:
        reply = self.replies[number]
        self.pending.setdefault(number, []).extend(reply.came)
        reply.came = []
        self.clock.at(self.clock.now + self._lasting(self.runner_rest), lambda: self._rested(number))
        self._write()

    def _rested(self, number: int) -> None:
        self.replies[number].reads = False
        self._read(number)

    def _lasting(self, rest: float) -> float:
        """Timers of the loop are late."""
        return rest + self.chance.random() * self.costs.timer_seconds if rest else 0.0

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
            self._show(number)
        self._write()

    def _show(self, number: int) -> None:
        reply = self.replies[number]
        if not reply.shows and reply.durable:
            reply.shows = True
            self.core.ask(self.costs.frame / 1e6, lambda: self._shown(number))

    def _shown(self, number: int) -> None:
        reply = self.replies[number]
        self.latencies += [self.clock.now - sent for sent in reply.durable]
        reply.durable = []
        self.clock.at(self.clock.now + self._lasting(self.viewer_rest), lambda: self._looks(number))

    def _looks(self, number: int) -> None:
        self.replies[number].shows = False
        self._show(number)

    @property
    def under_way(self) -> int:
        waiting = sum(len(reply.came) + len(reply.durable) for reply in self.replies)
        return waiting + sum(map(len, [*self.pending.values(), *self.written.values()]))


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
