"""The database of a running product, asked from outside in the same words whether it is SQLite's or PostgreSQL's.

What is asked is SQL that both understand, with `?` for values and identifiers without hyphens; what comes back is what SQLite
would give: an identifier is 32 characters, JSON is text.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

Row = tuple[Any, ...]


class Database:
    """A connection for each question, so that nothing is ever held open."""

    def __init__(self, address: str | Path) -> None:
        """DATABASE_URL, or the directory in which a product keeps its SQLite."""
        self.path = address / "rivulet.sqlite3" if isinstance(address, Path) else None
        self._url = "" if isinstance(address, Path) else address

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self.transaction() as execute:
            return execute(sql, values)

    def write(self, sql: str, values: Sequence[Any] = ()) -> None:
        """What an administrator's hand in the database would do."""
        self.query(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """`execute(sql, values)`, which returns all rows there are."""
        if self.path:
            # So that no question makes an empty database where there is none.
            url = f"file:{self.path}?mode=rw"
            with closing(sqlite3.connect(url, uri=True, timeout=20)) as connection, connection:
                yield lambda sql, values=(): connection.execute(sql, values).fetchall()
        else:
            with psycopg.connect(self._url, cursor_factory=psycopg.ClientCursor) as connection:
                yield lambda sql, values=(): _asked(connection, sql, values)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write."""
        with self.transaction() as execute:
            if self.path:
                execute("BEGIN IMMEDIATE")
            else:
                execute(f"LOCK TABLE {', '.join(self.tables())} IN EXCLUSIVE MODE")
            yield

    def is_held(self) -> bool:
        """Whether somebody is amid a transaction that writes, or on PostgreSQL amid any."""
        if not self.path:
            others = "backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            asked = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {others}"
            return bool(self.query(asked)[0][0])
        with closing(sqlite3.connect(self.path, timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    def tables(self) -> list[str]:
        if self.path:
            rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        else:
            rows = self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in rows]

    def columns(self, table: str) -> list[str]:
        if self.path:
            return [name for _, name, *_ in self.query(f"PRAGMA table_info({table})")]
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = ?"
        return [name for (name,) in self.query(columns, [table])]

    def everything(self) -> bytes:
        """All that is in it, to look for what should not be."""
        if self.path:
            files = [self.path, self.path.with_name(self.path.name + "-wal")]
            return b"".join(file.read_bytes() for file in files if file.exists())
        return repr([self.query(f'SELECT * FROM "{table}"') for table in self.tables()]).encode()


def _asked(connection: "psycopg.Connection[Row]", sql: str, values: Sequence[Any]) -> list[Row]:
    marked = sql.replace("%", "%%").replace("?", "%s") if values else sql
    cursor = connection.execute(marked, values or None)
    return [tuple(map(_as_sqlite, row)) for row in cursor] if cursor.description else []


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    return json.dumps(value) if isinstance(value, dict | list) else value
