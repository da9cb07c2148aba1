"""Run turns: `manage.py worker`, any number of them, where REDIS_URL is set."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Makes replies, for processes that serve with the same REDIS_URL and database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--beside",
            action="store_true",
            help="end as soon as the standard input does, as `serve` wants it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(databases=["default"])
        if not settings.REDIS_URL:
            raise CommandError("Without REDIS_URL, `manage.py serve` makes replies itself.")
        # Imported late: it loads all that turns are made with.
        from chat.worker import Worker

        asyncio.run(Worker(options["beside"]).run())
