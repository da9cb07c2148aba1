"""What a word is, what is asked for, and where it stands in a text: the same for every database.

An index stores words that are cut and folded here, so that a database has nothing to decide: case and diacritics are
taken off, and scripts that write no spaces are cut into overlapping pairs of characters, by which any part of them is
found. Each word carries its owner in front. So a search reads the words of one person alone, however many people there are,
and can find nobody else's.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# Of one text; what comes after is not found.
INDEXED_CHARS = 200_000
WORD_CHARS = 48
QUERY_CHARS = 200
QUERY_TERMS = 12
# Of more texts that fit, so many are ranked: the newest, by when they came into the index.
RANKED = 1000
# Of a person with very much, fewer letters than this are a word and no beginning of one: too many words begin with them.
OPENING_CHARS = 3

# Thai, Lao, Burmese, Khmer, kana, ideographs, Hangul: parts of a run are looked for, not beginnings of words.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"([{_SPACELESS}]+)|[^\\W_{_SPACELESS}]+")
_KEPT = re.compile(f"[{_SPACELESS}]")
_PHRASES = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand in a row. With `is_open` the last may go on."""

    words: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """The numbers of texts, the best first. With `is_cut` more of them fit than were ranked."""

    entries: list[int]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Word:
    """`start` and `end` are places in the text as it was, before folding."""

    text: str
    start: int
    end: int


class Index(Protocol):
    """Texts by number, each of one owner."""

    def put(self, entry: int, owner: int, text: str) -> None:
        """Take in a text, or another in place of the one that had this number."""
        ...

    def find(self, owner: int, terms: Sequence[Term], now: datetime, limit: int) -> Matches:
        """The texts that have all terms, the best first: fitting, and recent."""
        ...


class _Folds(dict[int, str]):
    """How each character is compared: without case and diacritics, in one form where there are several."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if _KEPT.match(character):
            fold = unicodedata.normalize("NFKC", character)
        else:
            parts = unicodedata.normalize("NFKD", character).casefold()
            fold = "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
        self[code] = fold
        return fold


_folds = _Folds()


def words_of(text: str) -> list[str]:
    """The words of a text, in their order."""
    return [word for run in _RUN.finditer(_folded(text[:INDEXED_CHARS])) for word, _, _ in _cut(run)]


def placed_words_of(text: str) -> Iterator[Word]:
    """The words with their places. A character that folds to several, or to none, shifts those behind it."""
    text = text[:INDEXED_CHARS]
    places = _origins(text)
    for run in _RUN.finditer(_folded(text)):
        for word, start, end in _cut(run):
            yield Word(word, places[start], max(places[end], places[end - 1] + 1))


def _origins(text: str) -> Sequence[int]:
    """For each folded character the place of the original it came from; at last the end."""
    if text.isascii():
        return range(len(text) + 1)
    folds = (len(_folds[ord(character)]) for character in text)
    return [place for place, length in enumerate(folds) for _ in range(length)] + [len(text)]


def parse(query: str) -> list[Term]:
    """What is asked for: words that may go on, and "phrases" that may not. Nothing of it means anything to a database."""
    found: list[Term] = []
    for phrase, bare in _PHRASES.findall(query.replace("\x00", " ")[:QUERY_CHARS]):
        runs = list(_RUN.finditer(_folded(phrase or bare)))
        words = [word for run in runs[:-1] for word, _, _ in _cut(run)] + (_asked(runs[-1]) if runs else [])
        if words:
            # A single character of a run stands for every pair that begins with it.
            is_open = not phrase or (_is_spaceless(words[-1]) and len(words[-1]) == 1)
            found.append(Term(tuple(words), is_open))
    return found[:QUERY_TERMS]


def closed(terms: Sequence[Term]) -> list[Term]:
    """With the words whole that are too short to be the beginning of others, where a person has very much."""
    return [Term(term.words, term.is_open and _is_opening(term.words[-1])) for term in terms]


def _is_opening(word: str) -> bool:
    return len(word) >= OPENING_CHARS or _is_spaceless(word)


def _asked(run: re.Match[str]) -> list[str]:
    """The last run of a term: its last character alone is no word of the text where the run goes on there."""
    words = [word for word, _, _ in _cut(run)]
    return words[:-1] if run[1] and len(words) > 1 else words


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_folds)


def _cut(run: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """A word is itself; a run without spaces is each pair of it, and its last character."""
    start, end = run.span()
    if run[1] is None:
        yield run[0][:WORD_CHARS], start, end
        return
    for place in range(start, end):
        yield run.string[place : min(place + 2, end)], place, min(place + 2, end)


def _is_spaceless(word: str) -> bool:
    return bool(_KEPT.match(word))
