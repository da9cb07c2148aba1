"""Copies all that is needed to begin again elsewhere: `manage.py backup DIRECTORY`. The chat goes on meanwhile."""

import os
import shutil
import sqlite3
import subprocess
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Copies the database, the attachments and the secret into an empty directory, while the chat runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise CommandError(f"{directory} is not empty.")
        # First the rows, then the files: those that come in between are nobody's, and are found and deleted one day.
        copied = [_dump(directory) if connection.vendor == "postgresql" else _copy(directory)]
        kept: Path = settings.DATA_DIR / "attachments"
        if not settings.ATTACHMENTS_S3_BUCKET and kept.exists():
            shutil.copytree(kept, directory / "attachments")
            copied.append("attachments")
        secret: Path = settings.DATA_DIR / "secret_key"
        if secret.exists():
            shutil.copy(secret, directory / "secret_key")
            copied.append("secret_key")
        self.stdout.write(f"{directory}: {', '.join(copied)}")


def _copy(directory: Path) -> str:
    """One moment of the database, however many write to it. Its file alone would lack what is in the log beside it."""
    source = Path(str(connection.settings_dict["NAME"]))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=20)) as database,
        closing(sqlite3.connect(directory / source.name)) as copy,
    ):
        database.backup(copy)
    (directory / source.name).chmod(0o600)
    return source.name


def _dump(directory: Path) -> str:
    # What psql would be called with, and called in.
    (_, *where), environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    dump = ["pg_dump", "--format=custom", "--no-owner", "--file", str(directory / "rivulet.dump"), *where]
    try:
        subprocess.run(dump, env=os.environ | (environment or {}), check=True)  # noqa: S603  # our own words
    except FileNotFoundError as error:
        raise CommandError("pg_dump is missing. On Debian: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise CommandError("pg_dump failed; what it said stands above.") from error
    return "rivulet.dump"
