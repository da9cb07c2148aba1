"""Serve the chat: `manage.py serve`. With --prepare also migrate and collect static files, as `make run` does."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chat import turns
from chat.models import SetupLink
from chat.tools.synchronise import synchronise

from .sync_models import connect_at_start


class Command(BaseCommand):
    help = "Serves the chat over HTTP and WebSocket, and runs its replies."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="migrate and collect static files first")
        parser.add_argument(
            "--no-worker",
            action="store_true",
            help="start no worker beside; with REDIS_URL others have to run",
        )
        parser.add_argument(
            "--proxy-headers",
            action="store_true",
            help="believe X-Forwarded-For; only behind a proxy that sets it itself",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.check(databases=["default"])
        if options["prepare"]:
            self._prepare()
        connect_at_start()
        synchronise()
        turns.load_providers()
        self._greet(options)
        # Imported late: it takes Twisted's reactor, which a command that fails before has no use for.
        from chat.server.companion import Companion
        from chat.server.daphne import ChatServer
        from chatsite.asgi import application

        companion = Companion() if settings.REDIS_URL and not options["no_worker"] else None
        server = ChatServer(
            application,
            options["host"],
            options["port"],
            trust_proxy=options["proxy_headers"],
            companion=companion,
        )
        server.run()
        if server.failed:
            raise CommandError(
                f"Port {options['port']} of {options['host']} cannot be had. Is another server there?"
            )
        server.leave()

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, skip_checks=True)
        if _newest(Path(__file__).parents[3]) > _collected():
            call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)

    def _greet(self, options: dict[str, Any]) -> None:
        host, port = options["host"], options["port"]
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{port}"
        self.stdout.write(f"Rivulet is at {address}/")
        if token := SetupLink.issue():
            self.stdout.write(f"Make the administrator here, once: {address}/setup/{token}/")
        if settings.HTTPS and not options["proxy_headers"]:
            self.stdout.write(
                "Every client seems to come from the proxy's address: consider --proxy-headers."
            )
        sys.stdout.flush()


def _newest(root: Path) -> float:
    """When any of the sources of the static files last changed."""
    sources = [root / "requirements.txt", root / "chat" / "static.py", *(root / "static").rglob("*")]
    return max(path.stat().st_mtime for path in sources if path.exists())


def _collected() -> float:
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    return manifest.stat().st_mtime if manifest.exists() else 0.0
