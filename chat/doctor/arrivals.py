"""When what was sent at a pace arrived, and what that says of the way between."""

from dataclasses import dataclass, field
from typing import Literal

from chat.probes import Pace

Verdict = Literal["streams", "lumps", "held", "cut", "nothing"]
# A network may be late by this much and still stream.
LATE_SECONDS = 0.75
# Of the whole time: whatever began to arrive so late was held back until the end.
HELD_SHARE = 0.6


@dataclass(slots=True)
class Arrivals:
    """`at` is the seconds from the request to each event, `sent` those from the first event to it, by the server's clock."""

    pace: Pace
    at: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    ended: float = 0.0

    def take(self, at: float, sent: float) -> None:
        self.at.append(at)
        self.sent.append(sent)

    @property
    def wanted(self) -> int:
        return self.pace.events + bool(self.pace.pause)

    @property
    def unevenness(self) -> float:
        """How much longer one event was under way than another. Where clocks begin does not matter for it."""
        under_way = [at - sent for at, sent in zip(self.at, self.sent, strict=True)]
        return max(under_way) - min(under_way)

    @property
    def verdict(self) -> Verdict:
        if not self.at:
            return "nothing"
        if len(self.at) < self.wanted:
            return "cut"
        if self.unevenness < LATE_SECONDS:
            return "streams"
        return "held" if self.at[-1] - self.at[0] < self.pace.seconds * (1 - HELD_SHARE) else "lumps"
