"""A site made, and measured. Imported once Django is set up."""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.benchmarks.size.around import Around, tend
from tests.benchmarks.size.background import work
from tests.benchmarks.size.make import Maker
from tests.benchmarks.size.measure import Figure, of_page, of_work
from tests.benchmarks.size.pages import pages

# No care for what a power cut leaves behind, and no keys looked up that were made a line before.
SQLITE = ("foreign_keys=OFF", "synchronous=OFF", "wal_autocheckpoint=20000", "cache_size=-1000000")
SLOW_MS = 50


def make(scale: float) -> None:
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma in SQLITE:
                cursor.execute(f"PRAGMA {pragma}")
        else:
            cursor.execute("SET session_replication_role = replica")
    Maker(scale).make()
    Around(scale).make()
    tend()
    print(f"made in {time.monotonic() - began:.0f} s", file=sys.stderr)


def measure(only: str) -> None:
    """Prints a line each, the slow ones with their slowest statement, and keeps the figures beside the site."""
    kept = Path(settings.DATA_DIR) / f"size-{connection.vendor}.json"
    known = json.loads(kept.read_text()) if only and kept.exists() else []
    figures = {(row["group"], row["name"]): row for row in known}
    for name, look in _wanted():
        if only in name:
            figure = look()
            figures[figure.group, figure.name] = figure.row()
            times = (
                f"{figure.median:7.1f} / {figure.late:.1f} ms, {figure.processor:.1f} busy, {figure.queries}"
            )
            print(f"{times}: {name}", flush=True)
            if figure.processor > SLOW_MS:
                print("   ", figure.slowest[:700])
    kept.write_text(json.dumps(list(figures.values()), indent=1))


def _wanted() -> list[tuple[str, Callable[[], Figure]]]:
    looks: list[tuple[str, Callable[[], Figure]]] = [
        (f"{page.group} {page.name}", partial(of_page, page)) for page in pages()
    ]
    return looks + [(f"background {name}", partial(of_work, name, each)) for name, each in work().items()]
