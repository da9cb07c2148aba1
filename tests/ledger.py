"""What the database of a running product says, read from outside and without disturbing it."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """A read-only connection for each question, so that nothing is ever held open."""

    def __init__(self, data: Path) -> None:
        self.path = data / "rivulet.sqlite3"

    def turn(self, turn: str) -> TurnRow:
        return self._turns("t.id = ?", [_key(turn)])[0]

    def turns(self, conversation: str) -> list[TurnRow]:
        """In the order in which they were asked for."""
        return self._turns("m.conversation_id = ?", [_key(conversation)])

    def every_turn(self) -> list[TurnRow]:
        return self._turns("1", [])

    def journalled(self, turn: TurnRow) -> str:
        """The text of a turn as its conversation's journal has it."""
        events = self.events(turn.conversation)
        return "".join(e["text"] for e in events if e["type"] == "delta" and e["turn"] == turn.turn)

    def events(self, conversation: str) -> list[dict[str, Any]]:
        rows = self.query(
            "SELECT payload FROM chat_journal_entry WHERE topic = ? ORDER BY offset",
            [f"conversation:{conversation}"],
        )
        return [json.loads(payload) for (payload,) in rows]

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def write(self, sql: str, values: Sequence[Any] = ()) -> None:
        """What an administrator's hand in the database would do."""
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


def _dashed(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
