"""The index as a column of text vectors, which are made here: PostgreSQL's own parser takes addresses and paths for words."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from .base import RANKED, Matches, Term, words_of

# A vector has room for so many bytes of words and for so many places.
VECTOR_BYTES = 900_000
PLACES = 16_383
PLACES_OF_A_WORD = 255

PUT = "UPDATE chat_searchentry SET words = %s::tsvector WHERE id = %s"
# By their numbers first, which are small to sort; then each is looked at, the newest first, until there are enough. A phrase
# is only its words to the index, so that the second look is what finds it.
FIND = """
    WITH q AS (SELECT %s::tsquery AS words, %s::tsquery AS asked), fitting AS MATERIALIZED (
        SELECT id FROM chat_searchentry WHERE words @@ (SELECT words FROM q) ORDER BY id DESC LIMIT %s
    ), newest AS MATERIALIZED (
        SELECT e.* FROM fitting f CROSS JOIN LATERAL (
            SELECT id, words, created FROM chat_searchentry
            WHERE id = f.id AND words @@ (SELECT asked FROM q) OFFSET 0
        ) e LIMIT %s
    )
    SELECT n.id, count(*) OVER () FROM newest n, q
    ORDER BY ts_rank(n.words, q.asked, 1)
    / (1 + greatest(0, extract(epoch FROM %s - n.created)) / 2592000) DESC, n.id DESC LIMIT %s
"""


class PostgresIndex:
    def put(self, entry: int, owner: int, text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(PUT, [_vector(owner, text), entry])

    def find(self, owner: int, terms: Sequence[Term], now: datetime, limit: int) -> Matches:
        asked = " & ".join(_asked(owner, term) for term in terms)
        has_phrases = any(len(term.words) > 1 for term in terms)
        most = None if has_phrases else RANKED + 1
        with connection.cursor() as cursor:
            cursor.execute(FIND, [asked.replace("<->", "&"), asked, most, RANKED + 1, now, limit])
            rows = cursor.fetchall()
        return Matches([entry for entry, _ in rows], bool(rows) and rows[0][1] > RANKED)


def _vector(owner: int, text: str) -> str:
    places: dict[str, list[int]] = {}
    size = 0
    for place, word in enumerate(words_of(text), 1):
        known = places.setdefault(word, [])
        if len(known) >= PLACES_OF_A_WORD:
            continue
        size += 2 if known else len(word.encode()) + 16
        if size > VECTOR_BYTES:
            break
        known.append(min(place, PLACES))
    return " ".join(f"'{owner}:{word}':{','.join(map(str, at))}" for word, at in places.items() if at)


def _asked(owner: int, term: Term) -> str:
    """Words hold letters and digits only, so that quotes end where we end them."""
    words = [f"'{owner}:{word}'" for word in term.words]
    words[-1] += ":*" if term.is_open else ""
    return f"({' <-> '.join(words)})"
