"""How log lines are written: with ids, and without anything that a person or a server has said.

Whoever logs passes ids. What slips in by other ways is taken out here, for the loggers of all packages alike: the words of
exceptions that quote what they choke on, paths with a token in them, query strings.
"""

import copy
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from django import db

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids")
# What a line may carry beside its words: what it is about, and how it went.
FIELDS = ("request", "turn", "conversation", "user", "method", "route", "status", "ms")
MOST_CHARS = 200
# Their words are a database's, an operating system's or Python's own about code; of the first only one line, since in the
# next one PostgreSQL quotes the row.
_SAYING = (
    *(db.OperationalError, db.IntegrityError, db.ProgrammingError, db.InterfaceError, db.InternalError),
    *(OSError, TimeoutError, ImportError, AttributeError, NameError),
)
_OURS = ("chat.journal", "chat.providers", "redis.")
_LINE = re.compile(r"\n|\\n")
_QUERY = re.compile(r"\?[^\s'\"<>]+")


def about(**ids: object) -> None:
    """From here on, lines of this task or thread are about these."""
    _ids.set({**_ids.get({}), **{name: str(value) for name, value in ids.items()}})


def current(name: str) -> str:
    return _ids.get({}).get(name, "")


class LineFormatter(logging.Formatter):
    """For people: a line of text, and what went wrong below it."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_clean(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return _trace(ei[1])


class JsonFormatter(logging.Formatter):
    """For machines: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        told = _clean(record)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": told.getMessage(),
            **_ids.get({}),
            **_fields(record),
        }
        if record.exc_info and (error := record.exc_info[1]):
            line |= {"error": told_of(error), "trace": _trace(error)}
        return orjson.dumps(line, default=str).decode()


def _fields(record: logging.LogRecord) -> dict[str, str | float]:
    """Those that are plain values: Django hands whole requests along under the same names."""
    given = {name: record.__dict__.get(name) for name in FIELDS}
    return {
        name: value for name, value in given.items() if isinstance(value, str | int | float) and value != ""
    }


def told_of(error: BaseException) -> str:
    """The kind of an exception, and its words where those cannot hold what somebody said."""
    kind = type(error)
    if isinstance(error, _SAYING) or kind.__module__.startswith(_OURS):
        words = _LINE.split(str(error), maxsplit=1)[0][:MOST_CHARS]
        return f"{kind.__name__}: {words}" if words else kind.__name__
    return kind.__name__


class _Told:
    def __init__(self, error: BaseException) -> None:
        self._text = told_of(error)

    def __repr__(self) -> str:
        return self._text


def _clean(record: logging.LogRecord) -> logging.LogRecord:
    """A copy, since others may write the same record down elsewhere."""
    told = copy.copy(record)
    told.exc_text = None
    # Django says in which request something happened, by its path.
    request = record.__dict__.get("request")
    path = getattr(request, "path", None)
    if isinstance(record.args, tuple):
        told.args = tuple(_argument(each, path, request) for each in record.args)
    if not record.name.startswith("chat."):
        told.msg, told.args = _QUERY.sub("?…", told.getMessage()), ()
    return told


def _argument(value: object, path: str | None, request: Any) -> object:
    if isinstance(value, BaseException):
        return _Told(value)
    if path is not None and value == path:
        match = request.resolver_match
        return f"/{match.route}" if match else "a path that is none of ours"
    return value


def _trace(error: BaseException | None) -> str:
    return "".join(_lines(error, set())).rstrip("\n") if error else ""


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    """As Python writes it, oldest first, save for the words."""
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield "\nThen:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{told_of(error)}\n"
    for each in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if id(each) not in seen:
            yield from _lines(each, seen)
