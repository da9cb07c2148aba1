"""`python -m tests.benchmarks.size`: what each page costs on a site of a million messages, on SQLite and on PostgreSQL.

`--make` only makes the site, in DATA_DIR or where DATABASE_URL says, `--scale 0.01` a smaller one.
"""

import argparse
import os
import sys
import time


def make(scale: float) -> None:
    from django.core.management import call_command
    from django.db import connection

    from tests.benchmarks.size.around import Around, tend
    from tests.benchmarks.size.make import Maker

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA wal_autocheckpoint=20000")
            cursor.execute("PRAGMA cache_size=-1000000")
        else:
            cursor.execute("SET session_replication_role = replica")
    Maker(scale).make()
    Around(scale).make()
    tend()
    print(f"made in {time.monotonic() - began:.0f} s", file=sys.stderr)


def measure(only: str) -> None:
    """Prints a line each, the slow ones with their slowest statement, and keeps the figures beside the site."""
    import json
    from pathlib import Path

    from django.conf import settings
    from django.db import connection

    from tests.benchmarks.size.background import work
    from tests.benchmarks.size.measure import of_page, of_work
    from tests.benchmarks.size.pages import pages

    figures = []
    wanted = [(f"{page.group} {page.name}", lambda page=page: of_page(page)) for page in pages()]
    wanted += [
        (f"background {name}", lambda name=name, each=each: of_work(name, each))
        for name, each in work().items()
    ]
    for name, measured in wanted:
        if only in name:
            figures.append(measured())
            figure = figures[-1]
            print(
                f"{figure.median:7.1f} / {figure.late:.1f} ms, {figure.processor:.1f} busy, {figure.queries}: {name}",
                flush=True,
            )
            if figure.processor > 50:
                print("   ", figure.slowest[:700])
    kept = Path(settings.DATA_DIR) / f"size-{connection.vendor}.json"
    kept.write_text(json.dumps([figure.row() for figure in figures], indent=1))


def main() -> int:
    import django
    from django.conf import settings

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.size", description=__doc__)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="", help="what the name of a page has to hold")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.LOGGING["loggers"]["chat"]["level"] = "ERROR"
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    django.setup()
    if options.make:
        make(options.scale)
    else:
        measure(options.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
