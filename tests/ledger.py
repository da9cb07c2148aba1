"""What the database of a running product says, read from outside and without disturbing it."""

import json
import uuid
from collections.abc import Sequence
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
        events = self.events(turn.conversation)
        return "".join(e["text"] for e in events if e["type"] == "delta" and e["turn"] == turn.turn)

    def events(self, conversation: str) -> list[dict[str, Any]]:
        if self._redis_url:
            with Redis.from_url(self._redis_url, decode_responses=True, socket_timeout=10) as redis:
                entries: Any = redis.xrange(f"rivulet:log:conversation:{conversation}")
            return [json.loads(entry["e"]) for _, entry in entries]
        rows = self.query(
            'SELECT payload FROM chat_journal_entry WHERE topic = ? ORDER BY "offset"',
            [f"conversation:{conversation}"],
        )
        return [json.loads(payload) for (payload,) in rows]

    def _turns(self, where: str, values: Sequence[Any]) -> list[TurnRow]:
        rows = self.query(
            "SELECT t.id, m.id, m.conversation_id, t.status, t.reason, t.error, t.error_detail, t.attempt,"
            " t.finish_reason, m.text, m.html FROM chat_turn t JOIN chat_message m ON m.id = t.message_id"
            f" WHERE {where} ORDER BY t.requested",
            values,
        )
        return [TurnRow(_dashed(a), _dashed(b), _dashed(c), *rest) for a, b, c, *rest in rows]


def _key(identifier: str) -> str:
    return identifier.replace("-", "")


def _dashed(key: str) -> str:
    return str(uuid.UUID(key))
