"""The part of a text in which what was asked for stands, and where in it."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from .base import Term, Word, placed_words_of

BEFORE = 40
LENGTH = 200
# Of Markdown what a reader would stumble over: emphasis, code, headings, items, quotes, the rules of tables.
MARKS = re.compile(r"\*{1,3}(?=\S)|(?<=\S)\*{1,3}|`+|~~|(?:^|(?<=\n))[ \t]*(?:#{1,6}|[-+*>])[ \t]+|\|[-:| ]*")

Piece = tuple[str, bool]
"""Some text, and whether it is what was asked for. As text, never as markup: it is hostile."""


def snippet(text: str, terms: Sequence[Term]) -> list[Piece]:
    """About 200 characters around the first hit; the beginning where there is none."""
    found = _hits(text, terms)
    first_hit = next(found, None)
    start = _beginning(text, first_hit[0]) if first_hit else 0
    end = start + LENGTH
    # Read no further than is shown: texts are long, and results many.
    hits = [first_hit, *takewhile(lambda hit: hit[0] < end, found)] if first_hit else []
    pieces: list[Piece] = [("… " if start else "", False)]
    at = start
    for first, last in hits:
        pieces += [(text[at:first], False), (text[max(first, at) : last], True)]
        at = max(last, at)
    rest = text[at : max(end, at)]
    pieces.append((f"{rest.rstrip()} …" if max(end, at) < len(text) else rest, False))
    return [piece for piece in pieces if piece[0]]


def without_marks(pieces: Sequence[Piece]) -> list[Piece]:
    """The words of a Markdown text alone."""
    plain = [(MARKS.sub(lambda mark: " " if "|" in mark[0] else "", text), is_hit) for text, is_hit in pieces]
    return [piece for piece in plain if piece[0]]


def _hits(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where a term stands, in the order of the text, none inside another."""
    longest = max((len(term.words) for term in terms), default=0)
    words = placed_words_of(text)
    row = deque(islice(words, longest))
    reached = 0
    while row:
        ends = [end for term in terms if (end := _end(row, term))]
        if ends and max(ends) > reached:
            yield max(row[0].start, reached), max(ends)
            reached = max(ends)
        row.popleft()
        row.extend(islice(words, 1))


def _end(row: "deque[Word]", term: Term) -> int:
    """Where the term ends that begins with the first of these words; 0 where none does."""
    last = len(term.words) - 1
    if last >= len(row) or any(row[place].text != term.words[place] for place in range(last)):
        return 0
    wanted, word = term.words[last], row[last]
    if word.text == wanted:
        return word.end
    is_begun = term.is_open and word.text.startswith(wanted)
    return min(word.start + len(wanted), word.end) if is_begun else 0


def _beginning(text: str, hit: int) -> int:
    """A little before the hit, at a word where one is near."""
    start = max(0, hit - BEFORE)
    if not start:
        return 0
    space = text.find(" ", start, hit)
    return space + 1 if space >= 0 else start
