"""Milliseconds and queries of pages and of background work, on the site that is there."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.size.pages import Page

ROUNDS, SECONDS = 20, 1.0


@dataclass(frozen=True)
class Figure:
    """`processor` is the time of our own process alone; `slowest` is the statement that took the largest part of it."""

    group: str
    name: str
    median: float
    late: float
    processor: float
    queries: int
    slowest: str = ""

    def row(self) -> dict[str, Any]:
        return asdict(self)


def of_page(page: Page) -> Figure:
    client = Client()
    client.force_login(page.user, backend="chat.accounts.Accounts")
    return _figure(page.group, page.name, lambda: page.get(client))


def of_work(name: str, work: Callable[[], Any]) -> Figure:
    """Nothing of it is kept."""

    def undone() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return _figure("background", name, undone)


def _figure(group: str, name: str, work: Callable[[], Any]) -> Figure:
    """The first time counts for nothing: templates are compiled then."""
    with CaptureQueriesContext(connection) as asked:
        work()
    queries = list(asked.captured_queries)
    slowest = max(queries, key=lambda query: float(query["time"]), default={"sql": "", "time": 0})
    took: list[float] = []
    used: list[float] = []
    began = time.perf_counter()
    while len(took) < ROUNDS and (len(took) < 3 or time.perf_counter() - began < SECONDS):
        start, busy = time.perf_counter(), time.process_time()
        work()
        used.append((time.process_time() - busy) * 1000)
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    late = took[min(len(took) - 1, int(len(took) * 0.95))]
    return Figure(
        group,
        name,
        statistics.median(took),
        late,
        statistics.median(used),
        len(queries),
        f"{slowest['time']} s: {slowest['sql'][:1500]}",
    )
