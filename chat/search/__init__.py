"""Finding what was said. The database that holds the conversations holds the index of their words as well."""

from functools import cache

from django.db import connection

from .base import INDEXED_CHARS, RANKED, Index, Matches, Term, closed, parse
from .snippets import Piece, snippet, without_marks

__all__ = [
    "INDEXED_CHARS",
    "RANKED",
    "Matches",
    "Piece",
    "Term",
    "closed",
    "index",
    "parse",
    "snippet",
    "without_marks",
]


@cache
def index() -> Index:
    if connection.vendor == "postgresql":
        from .postgres import PostgresIndex

        return PostgresIndex()
    from .sqlite import SqliteIndex

    return SqliteIndex()
