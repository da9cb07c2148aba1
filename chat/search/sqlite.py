"""The index as an FTS5 table. Its tokenizer splits at spaces alone: words are cut before they come here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from .base import Term, words_of

# Relevance, halved for every month that a text is old.
FIND = """
    SELECT e.id FROM chat_search s JOIN chat_searchentry e ON e.id = s.rowid
    WHERE chat_search MATCH %s
    ORDER BY bm25(chat_search) / (1 + max(0, %s - julianday(e.created)) / 30.0), e.id DESC LIMIT %s
"""
JULIAN_EPOCH = 2440587.5


class SqliteIndex:
    def put(self, entry: int, owner: int, text: str) -> None:
        words = " ".join(f"{owner}:{word}" for word in words_of(text))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO chat_search (rowid, words) VALUES (%s, %s)", [entry, words]
            )

    def find(self, owner: int, terms: Sequence[Term], now: datetime, limit: int) -> list[int]:
        today = now.timestamp() / 86400 + JULIAN_EPOCH
        with connection.cursor() as cursor:
            cursor.execute(FIND, [_match(owner, terms), today, limit])
            return [entry for (entry,) in cursor.fetchall()]


def _match(owner: int, terms: Sequence[Term]) -> str:
    """Quoted, so that nothing in it is syntax; what is quoted holds letters and digits only."""
    return " AND ".join(_quoted(owner, term) for term in terms)


def _quoted(owner: int, term: Term) -> str:
    phrase = " ".join(f"{owner}:{word}" for word in term.words)
    return f'"{phrase}" *' if term.is_open else f'"{phrase}"'
