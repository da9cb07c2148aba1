"""Copies all that is needed to begin again elsewhere: `manage.py backup DIRECTORY`. The chat goes on meanwhile."""

import shutil
import sqlite3
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = "Copies the database, the attachments and the secret into a directory, while the chat runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # First the rows, then the files: those that come in between are nobody's, and are found and deleted one day.
        copied = [_dumped(directory) if connection.vendor == "postgresql" else _copy(directory)]
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
    if (directory / source.name).exists():
        raise CommandError(f"There is a backup in {directory} already.")
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=20)) as database,
        closing(sqlite3.connect(directory / source.name)) as copy,
    ):
        database.backup(copy)
    (directory / source.name).chmod(0o600)
    return source.name


def _dumped(directory: Path) -> str:
    """PostgreSQL has a program for it, and we start no programs."""
    dump = directory / "rivulet.dump"
    if not dump.exists():
        command = f'pg_dump --format=custom --no-owner --file={dump} "$DATABASE_URL"'
        raise CommandError(f"First the database: {command}")
    return dump.name
