"""A journal that ends with its process, for tests of what is built on one."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .base import Journal
from .followers import PAGE_ENTRIES
from .records import Append, Cursor, Entry, Gap


@dataclass(slots=True)
class _Topic:
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    offset: int = 0
    floor: int = 0
    touched: float = field(default_factory=time.time)
    entries: list[Entry] = field(default_factory=list)


class MemoryJournal(Journal):
    def __init__(self) -> None:
        super().__init__()
        self._topics: dict[str, _Topic] = {}
        self._fences: dict[str, tuple[int, int]] = {}

    async def write(self, batch: list[Append]) -> None:
        for append in batch:
            topic = self._topic(append.topic)
            if append.fence:
                token, seq = self._fences.get(append.fence.key, (0, 0))
                append.judge(token, seq, Cursor(topic.epoch, topic.offset))
                if append.outcome:
                    continue
                self._fences[append.fence.key] = (append.fence.token, append.fence.seq)
            append.first = topic.offset + 1
            topic.entries += [Entry(append.first + i, payload) for i, payload in enumerate(append.payloads)]
            topic.offset += len(append.payloads)
            topic.touched = time.time()
            append.outcome = Cursor(topic.epoch, topic.offset)

    async def position(self, topic: str) -> Cursor:
        head = self._topic(topic)
        return Cursor(head.epoch, head.offset)

    async def read(self, topic: str, after: Cursor) -> list[Entry]:
        head = self._topic(topic)
        if after.epoch != head.epoch or not head.floor <= after.offset <= head.offset:
            raise Gap
        return [entry for entry in head.entries if entry.offset > after.offset][:PAGE_ENTRIES]

    async def remains(self, topic: str, after: int) -> list[Entry]:
        left = [entry for entry in self._topic(topic).entries if entry.offset > after]
        if left and left[0].offset != after + 1:
            raise Gap
        return left[:PAGE_ENTRIES]

    async def trim(self, idle_seconds: float, keep: Sequence[str]) -> list[str]:
        idle = [name for name, head in self._topics.items() if head.touched <= time.time() - idle_seconds]
        trimmed = [name for name in idle if name not in keep and self._topics[name].entries]
        for name in trimmed:
            head = self._topics[name]
            head.entries, head.floor = [], head.offset
        return trimmed

    async def drop(self, topic: str, writers: Sequence[str]) -> None:
        self._topics.pop(topic, None)
        for writer in writers:
            self._fences.pop(writer, None)

    async def renew(self, topic: str) -> Cursor:
        head = self._topic(topic)
        head.epoch, head.floor = secrets.token_hex(4), head.offset
        return Cursor(head.epoch, head.offset)

    def _topic(self, topic: str) -> _Topic:
        return self._topics.setdefault(topic, _Topic())
