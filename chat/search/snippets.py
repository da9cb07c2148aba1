"""The part of a text in which what was asked for stands, and where in it."""

from collections.abc import Iterator, Sequence

from .base import Term, Word, placed_words_of

BEFORE = 40
LENGTH = 200

Piece = tuple[str, bool]
"""Some text, and whether it is what was asked for. As text, never as markup: it is hostile."""


def snippet(text: str, terms: Sequence[Term]) -> list[Piece]:
    """About 200 characters around the first hit; the beginning where there is none."""
    hits = list(_hits(text, terms))
    start = _beginning(text, hits[0][0]) if hits else 0
    end = start + LENGTH
    pieces: list[Piece] = [("… " if start else "", False)]
    at = start
    for first, last in hits:
        if first >= end:
            break
        pieces += [(text[at:first], False), (text[max(first, at) : last], True)]
        at = max(last, at)
    rest = text[at : max(end, at)]
    pieces.append((f"{rest.rstrip()} …" if max(end, at) < len(text) else rest, False))
    return [piece for piece in pieces if piece[0]]


def _hits(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where a term stands, in the order of the text, none inside another."""
    words = list(placed_words_of(text))
    reached = 0
    for place in range(len(words)):
        ends = [end for term in terms if (end := _end(words, place, term))]
        if ends and max(ends) > reached:
            yield max(words[place].start, reached), max(ends)
            reached = max(ends)


def _end(words: list[Word], place: int, term: Term) -> int:
    """Where the term ends that begins with this word; 0 where none does."""
    if place + len(term.words) > len(words):
        return 0
    for wanted, word in zip(term.words[:-1], words[place:], strict=False):
        if wanted != word.text:
            return 0
    wanted, word = term.words[-1], words[place + len(term.words) - 1]
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
