"""`python -m tests.benchmarks.size`: what each page costs on a site of a million messages, on SQLite and on PostgreSQL.

Without arguments both are made, which takes some ten minutes each, measured, and written into docs/benchmarks.md. `--make`
and `--measure` do a part of it with the database that DATA_DIR and DATABASE_URL name; `--scale 0.01` makes a smaller site.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.size.tables import table
from tests.servers import PostgresServer

ROOT = Path(__file__).resolve().parents[3]


def both(scale: float, directory: Path) -> None:
    with PostgresServer() as postgres:
        places = {"sqlite": {}, "postgresql": {"DATABASE_URL": postgres.url}}
        for vendor, address in places.items():
            environment = os.environ | {"DATA_DIR": str(directory / vendor)} | address
            for step in ("--make", "--measure"):
                command = [sys.executable, "-m", "tests.benchmarks.size", step, "--scale", str(scale)]
                subprocess.run(command, cwd=ROOT, env=environment, check=True)
    found = table(*(directory / vendor / f"size-{vendor}.json" for vendor in places))
    print(found)
    if scale == 1:
        report.write(ROOT / "docs" / "benchmarks.md", {"size": found})


def here(options: argparse.Namespace) -> None:
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    for limit in ("SEARCHES_PER_MINUTE", "TRANSFERS_PER_MINUTE"):
        setattr(settings, limit, 1_000_000)
    settings.LOGGING["loggers"]["chat"]["level"] = "ERROR"
    django.setup()
    from tests.benchmarks.size import site

    if options.make:
        site.make(options.scale)
    if options.measure:
        site.measure(options.only)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.size", description=__doc__)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="", help="what the name of a page has to hold")
    parser.add_argument("--directory", type=Path, default=ROOT / ".artifacts" / "size")
    options = parser.parse_args()
    if options.make or options.measure:
        here(options)
    else:
        both(options.scale, options.directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
