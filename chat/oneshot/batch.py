"""A question for each row of a table, some at a time."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Iterator

import orjson
from tqdm import tqdm  # type: ignore[import-untyped]

from chat.providers.base import ProviderError

from .answer import Answer
from .results import Results
from .rows import Row, Rows, TableError
from .schema import SchemaNotMet

_COLUMN = re.compile(r"\{([^{}\n]+)\}")


class Batch:
    """`template` is the question, with `{column}` for what a row says there; other braces stay as they are."""

    def __init__(self, rows: Rows, results: Results, template: str) -> None:
        self._rows, self._results, self._template = rows, results, template
        names = {name for name in _COLUMN.findall(template) if name.isidentifier() or name in rows.columns}
        if unknown := names.difference(rows.columns):
            raise TableError(f"There is no column {min(unknown)!r}, but {', '.join(rows.columns)}.")

    async def run(self, ask: Callable[[str], Awaitable[Answer]], at_once: int) -> None:
        """Each worker takes the next row when it is done with one."""
        keys = self._rows.keys()
        waiting = (row for row in self._rows if row.key not in self._results.done)
        with tqdm(
            total=len(keys), initial=len(keys & self._results.done), file=sys.stderr, unit="row"
        ) as bar:
            try:
                async with asyncio.TaskGroup() as workers:
                    for _ in range(at_once):
                        workers.create_task(self._work(waiting, ask, bar))
            except ExceptionGroup as faults:
                # A fault of the file or of ours, which is the same for all of them.
                raise faults.exceptions[0] from None

    async def _work(self, rows: Iterator[Row], ask: Callable[[str], Awaitable[Answer]], bar: tqdm) -> None:
        for row in rows:
            try:
                answer = await ask(self._question(row))
            except ProviderError as error:
                self._results.add(row, error=f"{error.reason}: {error.message}")
            except SchemaNotMet as problem:
                self._results.add(row, error=f"schema: {problem}", **_cost(problem.answer))
            else:
                self._results.add(row, answer=_said(answer), **_cost(answer))
            bar.update()
            # A library may have kept the word to itself: whoever was told to stop takes no other row.
            if (task := asyncio.current_task()) and task.cancelling():
                return

    def _question(self, row: Row) -> str:
        return _COLUMN.sub(lambda found: row.values.get(found[1], found[0]), self._template)


def _said(answer: Answer) -> str:
    return answer.text if answer.value is None else orjson.dumps(answer.value).decode()


def _cost(answer: Answer | None) -> dict[str, object]:
    names = ("prompt_tokens", "completion_tokens", "seconds")
    return {name: getattr(answer, name) for name in names} if answer else {}
