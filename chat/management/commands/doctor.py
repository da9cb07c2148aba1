"""Look the installation over: `manage.py doctor`. The exit code is 1 where something has failed."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat.doctor import ground, models, outside
from chat.doctor.findings import Finding, warning


class Command(BaseCommand):
    help = (
        "Checks what the installation stands on, whether its models answer, and whether replies really stream "
        "through the public address. Takes some twenty seconds, and changes nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        trusted = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin]
        parser.add_argument(
            "--url", default=trusted[0] if trusted else "", help="the site as browsers reach it"
        )
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for finding in _findings(options["url"]):
            found.append(finding)
            if not options["json"]:
                self._tell(finding)
        bad = sum(finding.state == "failed" for finding in found)
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not bad, "findings": [asdict(each) for each in found]}))
        else:
            self.stdout.write(f"\n{bad} of {len(found)} failed." if bad else "\nNothing has failed.")
        if bad:
            sys.exit(1)

    def _tell(self, finding: Finding) -> None:
        state = finding.state.upper() if finding.state != "ok" else "ok"
        self.stdout.write(f"{state:<8} {finding.about}: {finding.text}")
        for line in finding.mend:
            self.stdout.write(f"           {line}")
        self.stdout.flush()


def _findings(url: str) -> Iterator[Finding]:
    has_database = True
    for finding in ground.findings():
        yield finding
        has_database &= (finding.about, finding.state) != ("database", "failed")
    if has_database:
        yield from models.findings()
    if url:
        yield from asyncio.run(outside.findings(url))
    else:
        yield warning("address", "Not looked at.", "manage.py doctor --url https://chat.example.org")
