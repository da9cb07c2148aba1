"""What the browser runs of others is exactly what they published."""

import hashlib
from pathlib import Path

from django.conf import settings

VENDOR: Path = settings.BASE_DIR / "static/vendor"


def listed() -> dict[str, str]:
    lines = (line.split() for line in (VENDOR / "checksums.txt").read_text().splitlines())
    return {name.removeprefix("./"): digest for digest, name in lines}


def directories() -> set[str]:
    lines = (VENDOR / "packages.txt").read_text().splitlines()
    return {line.split()[0] for line in lines if not line.startswith("#")}


def test_every_vendored_file_is_as_it_was_published():
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.parent != VENDOR]
    digests = {str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert digests == listed()


def test_every_vendored_package_is_listed_and_brings_its_licence():
    assert {name.split("/")[0] for name in listed()} == directories()
    licences = {name.split("/")[0] for name in listed() if "LICEN" in name.upper()}
    assert licences == directories()
