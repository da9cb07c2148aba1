"""The index as an FTS5 table. Its tokenizer splits at spaces alone: words are cut before they come here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from .base import RANKED, Matches, Term, words_of

# From the newest on, as FTS5 can read its lists. Its own bm25 would first count all texts that have a word.
FIND = """
    SELECT s.rowid, substr(s.words, 1, %s), max(0, %s - julianday(e.created))
    FROM chat_search s CROSS JOIN chat_searchentry e ON e.id = s.rowid
    WHERE chat_search MATCH %s ORDER BY s.rowid DESC LIMIT %s
"""
JULIAN_EPOCH = 2440587.5
# What is looked at of one text for its rank.
WEIGHED_CHARS = 20_000
# Okapi's: how soon one more of the same word counts for little, and how far a long text has to have more of them.
SATURATION, LENGTH_SHARE, USUAL_CHARS = 1.2, 0.75, 800
DAYS_TO_HALVE = 30.0


class SqliteIndex:
    def put(self, entry: int, owner: int, text: str) -> None:
        words = " ".join(f"{owner}:{word}" for word in words_of(text))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO chat_search (rowid, words) VALUES (%s, %s)", [entry, words]
            )

    def find(self, owner: int, terms: Sequence[Term], now: datetime, limit: int) -> Matches:
        today = now.timestamp() / 86400 + JULIAN_EPOCH
        with connection.cursor() as cursor:
            cursor.execute(FIND, [WEIGHED_CHARS, today, _match(owner, terms), RANKED + 1])
            rows = cursor.fetchall()
        wanted = [_sought(owner, term) for term in terms]
        ranked = sorted(
            (-_weight(f" {words} ", wanted, days), -entry) for entry, words, days in rows[:RANKED]
        )
        return Matches([-entry for _, entry in ranked[:limit]], len(rows) > RANKED)


def _weight(words: str, wanted: Sequence[str], days: float) -> float:
    """Relevance, halved for every month that a text is old."""
    most = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * len(words) / USUAL_CHARS)
    counts = [words.count(each) for each in wanted]
    return sum(count / (count + most) for count in counts) / (1 + days / DAYS_TO_HALVE)


def _sought(owner: int, term: Term) -> str:
    """As it stands among the words of a text."""
    phrase = " ".join(f"{owner}:{word}" for word in term.words)
    return f" {phrase}" if term.is_open else f" {phrase} "


def _match(owner: int, terms: Sequence[Term]) -> str:
    """Quoted, so that nothing in it is syntax; what is quoted holds letters and digits only."""
    return " AND ".join(_quoted(owner, term) for term in terms)


def _quoted(owner: int, term: Term) -> str:
    phrase = " ".join(f"{owner}:{word}" for word in term.words)
    return f'"{phrase}" *' if term.is_open else f'"{phrase}"'
