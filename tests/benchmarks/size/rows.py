"""Rows by the million: straight into the tables, past the models, whose defaults they have all the same."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, models

AT_ONCE = 5000


class Writer:
    """`write(Model, names, rows)`: each row gives `names`, and every other column has the default of its field."""

    def __init__(self) -> None:
        self.is_sqlite = connection.vendor == "sqlite"

    def write(self, model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        given = {_column(model, name) for name in names}
        fixed = _defaults(model, given)
        columns = [_column(model, name) for name in names] + list(fixed)
        tail = tuple(fixed.values())
        self.copy(model._meta.db_table, columns, ((*row, *tail) for row in rows))

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        named = ", ".join(f'"{column}"' for column in columns)
        with connection.cursor() as cursor:
            if self.is_sqlite:
                marks = ", ".join(["?"] * len(columns))
                raw = cursor.connection.cursor()
                for some in _chunks(rows):
                    raw.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', some)
            else:
                with cursor.cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)

    def key(self, pk: uuid.UUID) -> Any:
        return pk.hex if self.is_sqlite else pk

    def time(self, at: datetime) -> Any:
        """As Django writes it for this database."""
        return at.replace(tzinfo=None).isoformat(" ", "microseconds") if self.is_sqlite else at


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.column


def _defaults(model: type[models.Model], given: set[str]) -> Mapping[str, Any]:
    """A serial key stays with the database, and so do its own defaults; dates that are set by saving are now."""
    fixed: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        is_the_databases = field.has_db_default() or isinstance(field, models.AutoField)
        if field.column in given or is_the_databases:
            continue
        value = (
            field.pre_save(model(), add=True)
            if getattr(field, "auto_now_add", False)
            else field.get_default()
        )
        if isinstance(field, models.JSONField):
            fixed[field.column] = json.dumps(value)
        else:
            fixed[field.column] = field.get_db_prep_save(value, connection)
    return fixed


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def without_indexes(tables: Sequence[str], work: Callable[[], None]) -> None:
    """PostgreSQL builds an index of rows that are there ten times as fast as it keeps one up to date."""
    if connection.vendor == "sqlite":
        work()
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    work()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
