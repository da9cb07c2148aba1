"""What the database of a running product says, read from outside and without disturbing it."""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

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


class Ledger:
    """A read-only connection for each question, so that nothing is ever held open. `url` is that of a PostgreSQL and
    `redis_url` that of a Redis with the journal, where the product has them."""

    def __init__(self, data: Path, url: str = "", redis_url: str = "") -> None:
        self.path = data / "rivulet.sqlite3"
        self._url = url
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

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if self._url:
            with psycopg.connect(self._url, connect_timeout=10) as connection:
                connection.read_only = True
                return connection.execute(sql.replace("?", "%s"), values).fetchall()  # type: ignore[arg-type]
        file = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20)
        try:
            return file.execute(sql, values).fetchall()
        finally:
            file.close()

    def write(self, sql: str, values: Sequence[Any] = ()) -> None:
        """What an administrator's hand in the database would do."""
        if self._url:
            with psycopg.connect(self._url, connect_timeout=10) as server:
                server.execute(sql.replace("?", "%s"), values)  # type: ignore[arg-type]
            return
        connection = sqlite3.connect(self.path, timeout=20)
        try:
            with connection:
                connection.execute(sql, values)
        finally:
            connection.close()

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


def _dashed(key: "str | uuid.UUID") -> str:
    """PostgreSQL keeps them as what they are, SQLite as text without dashes."""
    return str(uuid.UUID(str(key)))
