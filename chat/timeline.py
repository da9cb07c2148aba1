"""What a trace shows: figures, a table, and a plot of tokens over time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from django.utils.functional import cached_property

from .models import Trace

CONTENT = ("text", "reasoning", "tool")
# A wait between two pieces that a person sees as one.
GAP_SECONDS = 0.5
WIDTH, HEIGHT = 1000, 240
STEPS = 60
ROWS = 20
CHARS_PER_TOKEN = 4

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    at: float
    kind: str
    tokens: float


@dataclass(frozen=True, slots=True)
class Step:
    """What came from one second to another; `sum` is what had come by its end."""

    start: float
    end: float
    tokens: float
    speed: float
    sum: float


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, and where the plot has it."""

    start: float
    end: float
    x: float
    width: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class Timeline:
    """Seconds count from when the reply was asked for. Tokens are spread over the pieces by their length, and where the
    server did not count them, estimated."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.events = [dict(event, at=event["ms"] / 1000) for event in trace.told()]
        self.seconds = max((event["at"] for event in self.events), default=0.0) or 1.0

    @cached_property
    def is_estimate(self) -> bool:
        return self._counted is None

    @cached_property
    def tokens(self) -> float:
        return sum(piece.tokens for piece in self.pieces)

    @cached_property
    def first_token(self) -> float | None:
        return self.pieces[0].at if self.pieces else None

    @cached_property
    def first_x(self) -> float:
        return self._x(self.first_token or 0)

    @cached_property
    def speed(self) -> float | None:
        """Tokens a second, from the first to the last."""
        if len(self.pieces) < 2 or self.pieces[-1].at <= self.pieces[0].at:
            return None
        return self.tokens / (self.pieces[-1].at - self.pieces[0].at)

    @cached_property
    def pieces(self) -> list[Piece]:
        said = [event for event in self.events if event["kind"] in CONTENT and event["chars"]]
        chars = sum(event["chars"] for event in said)
        share = (self._counted or chars / CHARS_PER_TOKEN) / chars if chars else 0
        return [Piece(event["at"], event["kind"], event["chars"] * share) for event in said]

    @cached_property
    def marks(self) -> list[dict[str, Any]]:
        """What happened beside what was said."""
        return [event for event in self.events if event["kind"] not in CONTENT]

    @cached_property
    def gaps(self) -> list[Span]:
        times = [piece.at for piece in self.pieces]
        return [self._span(one, other) for one, other in pairwise(times) if other - one > GAP_SECONDS]

    @cached_property
    def longest_gap(self) -> float | None:
        return max((one.seconds for one in self.gaps), default=None)

    @cached_property
    def waits(self) -> list[Span]:
        """While nothing was asked, since the last request had failed."""
        waits = [event for event in self.events if event["kind"] == "waiting"]
        return [self._span(event["at"], event["at"] + event["seconds"]) for event in waits]

    @cached_property
    def requests(self) -> list[float]:
        return [self._x(event["at"]) for event in self.events if event["kind"] == "request"]

    @cached_property
    def steps(self) -> list[Step]:
        return self._steps(STEPS)

    @cached_property
    def rows(self) -> list[Step]:
        """The figures of the plot, for those who do not see it."""
        return self._steps(ROWS)

    @cached_property
    def top_speed(self) -> float:
        return max((step.speed for step in self.steps), default=0.0)

    @cached_property
    def tokens_line(self) -> str:
        """A stair: what had come stays until more comes."""
        sums = accumulate(piece.tokens for piece in self.pieces)
        stairs: list[Point] = [(0, HEIGHT)]
        for piece, so_far in zip(self.pieces, sums, strict=True):
            x = self._x(piece.at)
            stairs += [(x, stairs[-1][1]), (x, HEIGHT * (1 - so_far / (self.tokens or 1)))]
        return _points(_thinned([*stairs, (WIDTH, stairs[-1][1])]))

    @cached_property
    def speed_line(self) -> str:
        top = self.top_speed or 1
        middles = (
            (self._x((step.start + step.end) / 2), HEIGHT * (1 - step.speed / top)) for step in self.steps
        )
        return _points(middles)

    def _steps(self, count: int) -> list[Step]:
        length = self.seconds / count
        tokens = [0.0] * count
        for piece in self.pieces:
            tokens[min(int(piece.at / length), count - 1)] += piece.tokens
        sums = accumulate(tokens)
        return [
            Step(at * length, (at + 1) * length, some, some / length, so_far)
            for at, (some, so_far) in enumerate(zip(tokens, sums, strict=True))
        ]

    @cached_property
    def _counted(self) -> int | None:
        """By the server, for all rounds: what it says last of each."""
        counts: list[int] = []
        last: int | None = None
        for event in self.events:
            if event["kind"] == "usage":
                last = event.get("completion_tokens", last)
            elif event["kind"] == "request" and last is not None:
                counts, last = [*counts, last], None
        return sum(counts) + (last or 0) or None

    def _x(self, at: float) -> float:
        return WIDTH * at / self.seconds

    def _span(self, start: float, end: float) -> Span:
        return Span(start, end, round(self._x(start), 1), round(self._x(end) - self._x(start), 1))


def _thinned(points: Sequence[Point], most: int = 2000) -> Iterator[Point]:
    """No more of them than there are places to see."""
    every = max(1, len(points) // most)
    yield from points[:-1:every]
    yield points[-1]


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
