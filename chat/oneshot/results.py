"""The CSV file to which answers are added."""

import csv
import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .rows import OURS, Row, TableError


class Results:
    """A whole row at a time is added, in the order in which answers come, so that whatever ends the process costs no more
    than the rows that were being asked about. Half a row at the end, as a kill or a full disk leaves it, is cut off
    at the next start. `done` are the keys of the rows that are there, `failed` those of them with an error."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._fields = ["row", *columns, *OURS]
        self.done: set[str] = set()
        self.failed: set[str] = set()
        self._file = _locked(path)
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def add(self, row: Row, **said: Any) -> None:
        self._write({"row": row.key, **row.values, **said})
        self.done.add(row.key)
        if said.get("error"):
            self.failed.add(row.key)

    def forget_errors(self) -> None:
        """Take the rows with an error out. The file is replaced as a whole: at no time is there half of it."""
        if not self.failed:
            return
        beside = self._path.with_name(f"{self._path.name}.new")
        new = _locked(beside)
        new.truncate(0)
        for row, line, _ in _records(self._path):
            if row[0] not in self.failed or row == self._fields:
                new.write(line)
        new.flush()
        os.fsync(new.fileno())
        beside.replace(self._path)
        self.close()
        self._file = new
        self.done -= self.failed
        self.failed = set()

    def close(self) -> None:
        self._file.close()

    def _read(self) -> None:
        records, end = _records(self._path), 0
        header, _, end = next(records, (self._fields, b"", 0))
        if header != self._fields:
            raise TableError(f"{self._path} has other columns: {', '.join(header)}.")
        for row, _, end in records:  # noqa: B007  (the last end is what counts)
            said = dict(zip(self._fields, row, strict=False))
            self.done.add(said["row"])
            if said.get("error"):
                self.failed.add(said["row"])
        self._file.truncate(end)
        if not end:
            self._write({name: name for name in self._fields})

    def _write(self, row: dict[str, Any]) -> None:
        line = io.StringIO()
        csv.DictWriter(line, self._fields, lineterminator="\n").writerow(row)
        self._file.write(line.getvalue().encode())
        self._file.flush()


def _locked(path: Path) -> BinaryIO:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise TableError(f"{path} is being written by another process.") from None
    return file


def _records(path: Path) -> Iterator[tuple[list[str], bytes, int]]:
    """Each whole row: its fields, its bytes, and where it ends. A row ends with a line break outside of quotation marks."""
    record, end = b"", 0
    with path.open("rb") as file:
        for line in file:
            record += line
            if line.endswith(b"\n") and record.count(b'"') % 2 == 0:
                end += len(record)
                text = record.decode(errors="replace")
                yield next(csv.reader(io.StringIO(text, newline="")), []), record, end
                record = b""
