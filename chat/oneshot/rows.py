"""The rows of a CSV file that questions are asked about."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = ("answer", "error", "prompt_tokens", "completion_tokens", "seconds")
csv.field_size_limit(64 * 1024 * 1024)


class TableError(Exception):
    """A file cannot be used. The message says which, and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """`key` tells the row from others; `values` is what it says in each column."""

    key: str
    values: dict[str, str]


class Rows:
    """The file is read once for each pass over it, so that it may be larger than memory. Without a key column a row's
    number is its key."""

    def __init__(self, path: Path, key: str = "") -> None:
        self._path, self._key = path, key
        self.columns = self._header()

    def __iter__(self) -> Iterator[Row]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                for number, values in enumerate(csv.DictReader(file, restkey="", restval=""), 1):
                    said = {name: values[name] for name in self.columns}
                    yield Row(said[self._key] if self._key else str(number), said)
        except (csv.Error, UnicodeDecodeError) as error:
            raise TableError(f"{self._path} is no CSV in UTF-8: {error}") from error

    def keys(self) -> set[str]:
        """All of them. Raises `TableError` where two rows have the same."""
        seen: set[str] = set()
        for row in self:
            if row.key in seen:
                raise TableError(f"{self._path}: {row.key!r} is twice in the column {self._key!r}.")
            seen.add(row.key)
        return seen

    def _header(self) -> list[str]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                columns = next(csv.reader(file), [])
        except (csv.Error, UnicodeDecodeError) as error:
            raise TableError(f"{self._path} is no CSV in UTF-8: {error}") from error
        if not columns:
            raise TableError(f"{self._path} has no header.")
        if bad := [name for name in columns if name in (*OURS, "row", "") or columns.count(name) > 1]:
            raise TableError(f"{self._path}: the column {bad[0]!r} needs a name of its own.")
        if self._key and self._key not in columns:
            raise TableError(f"{self._path} has no column {self._key!r}, but {', '.join(columns)}.")
        return columns
