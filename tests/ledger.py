"""What the database of a running product says, read from outside and without disturbing it."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from tests.database import Database

TERMINAL = {"complete", "stopped", "failed", "interrupted"}


@dataclass(frozen=True)
class TurnRow:
    turn: str
    message: str
    conversation: str
    status: str
    reason: str
    error: str
    error_detail: str
    attempt: int
    finish_reason: str
    text: str
    html: str

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL


class Ledger(Database):
    def __init__(self, address: str | Path, redis_url: str = "") -> None:
        """`redis_url` is that of a Redis with the journal, where the product has one."""
        super().__init__(address)
        self._redis_url = redis_url

    def turn(self, turn: str) -> TurnRow:
        return self._turns("t.id = ?", [_key(turn)])[0]

    def turns(self, conversation: str) -> list[TurnRow]:
        """In the order in which they were asked for."""
        return self._turns("m.conversation_id = ?", [_key(conversation)])

    def every_turn(self) -> list[TurnRow]:
        return self._turns("TRUE", [])

    def journalled(self, turn: TurnRow) -> str:
        """The text of a turn as its conversation's journal has it."""
        return "".join(_words(turn, self.events(turn.conversation)))

    def epochs(self, turn: TurnRow) -> tuple[list[str], str, bool]:
        """What the journal has of a turn from epochs that ended, delta by delta, and from the one that is; and whether that
        one has its beginning."""
        floor, entries = self._log(turn.conversation)
        before = _words(turn, (event for at, event in entries if at <= floor))
        now = [event for at, event in entries if at > floor]
        has_begun = any(e["type"] == "turn.started" and e["turn"] == turn.turn for e in now)
        return before, "".join(_words(turn, now)), has_begun

    def events(self, conversation: str) -> list[dict[str, Any]]:
        return [event for _, event in self._log(conversation)[1]]

    def forget(self, conversation: str) -> None:
        """A journal that lost a log, as one in memory does with its process."""
        topic = f"conversation:{conversation}"
        if self._redis_url:
            with Redis.from_url(self._redis_url, socket_timeout=10) as redis:
                redis.delete(f"rivulet:log:{topic}", f"rivulet:head:{topic}")
            return
        for table in ("chat_journal_entry", "chat_journal_topic"):
            self.write(f"DELETE FROM {table} WHERE topic = ?", [topic])

    def _log(self, conversation: str) -> tuple[int, list[tuple[int, dict[str, Any]]]]:
        """Where the epoch begins that is, and the entries by their offsets."""
        topic = f"conversation:{conversation}"
        if self._redis_url:
            with Redis.from_url(self._redis_url, decode_responses=True, socket_timeout=10) as redis:
                floor: Any = redis.hget(f"rivulet:head:{topic}", "floor") or 0
                entries: Any = redis.xrange(f"rivulet:log:{topic}")
            return int(floor), [(int(at.split("-")[0]), json.loads(entry["e"])) for at, entry in entries]
        heads = self.query("SELECT floor FROM chat_journal_topic WHERE topic = ?", [topic])
        rows = self.query(
            'SELECT "offset", payload FROM chat_journal_entry WHERE topic = ? ORDER BY "offset"', [topic]
        )
        return max((floor for (floor,) in heads), default=0), [(at, json.loads(text)) for at, text in rows]

    def _turns(self, where: str, values: Sequence[Any]) -> list[TurnRow]:
        rows = self.query(
            "SELECT t.id, m.id, m.conversation_id, t.status, t.reason, t.error, t.error_detail, t.attempt,"
            " t.finish_reason, m.text, m.html FROM chat_turn t JOIN chat_message m ON m.id = t.message_id"
            f" WHERE {where} ORDER BY t.requested",
            values,
        )
        return [TurnRow(_dashed(a), _dashed(b), _dashed(c), *rest) for a, b, c, *rest in rows]


def _words(turn: TurnRow, events: Iterable[dict[str, Any]]) -> list[str]:
    return [e["text"] for e in events if e["type"] == "delta" and e["turn"] == turn.turn]


def _key(identifier: str) -> str:
    return identifier.replace("-", "")


def _dashed(key: str) -> str:
    return str(uuid.UUID(key))
