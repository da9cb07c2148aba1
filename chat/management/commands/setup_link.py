"""A new one-time link that makes the first administrator: `manage.py setup_link`. Links made before stop working."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from chat.models import SetupLink


class Command(BaseCommand):
    help = "Prints a new link that makes the first administrator, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        trusted = settings.CSRF_TRUSTED_ORIGINS
        parser.add_argument("--origin", default=trusted[0] if trusted else "http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        token = SetupLink.issue()
        if token is None:
            raise CommandError("There is an administrator already. Another can be made in the admin.")
        self.stdout.write(f"{options['origin'].rstrip('/')}{reverse('setup', args=[token])}")
