"""What a turn has said: all of it, and as far as the journal holds it."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from chat.events import Event
from chat.parts import Parts


@dataclass(frozen=True, slots=True)
class Aside:
    """A change of the parts that no viewer is told of: what a provider wants to see again, or the words of a result."""

    change: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return self.change


class Record:
    """Changes are counted. `durable` of them are in the journal, and the parts of a checkpoint are made of those."""

    def __init__(self) -> None:
        self.length = self.durable = 0
        self._kept = Parts()
        self._waiting: deque[Event | Aside] = deque()
        self._applied = 0

    def add(self, change: Event | Aside) -> None:
        self._waiting.append(change)
        self.length += 1

    def kept(self) -> Parts:
        """The parts as the journal has them."""
        while self._applied < self.durable:
            self._kept.apply(self._waiting.popleft().as_dict())
            self._applied += 1
        return self._kept

    def whole(self) -> Parts:
        """All of it. Made anew for each who asks, since that is seldom: at the end, and where the journal has failed."""
        whole = Parts(self.kept().as_list())
        for change in self._waiting:
            whole.apply(change.as_dict())
        return whole

    def after(self, count: int) -> list[tuple[int, Event]]:
        """The events that came after so many changes, each with the count that it makes."""
        numbered = enumerate(self._waiting, self._applied + 1)
        return [(at, change) for at, change in numbered if at > count and isinstance(change, Event)]
