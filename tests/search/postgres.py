"""A PostgreSQL of the test's own, on a socket of its own. It refuses to run as root, so then it runs as somebody else."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import quote


def _binary(name: str) -> str:
    installed = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    found = shutil.which(name) or (installed[-1] if installed else None)
    assert found, f"{name} is missing: make system installs it"
    return found


def _somebody() -> dict[str, Any]:
    if os.getuid():
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database, as DATABASE_URL."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    who = _somebody()
    if who:
        shutil.chown(home, who["user"])
    options: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL, **who}
    made = [
        _binary("initdb"),
        "-D",
        home / "data",
        "-U",
        "rivulet",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    subprocess.run(made, check=True, capture_output=True, **options)
    serve = [
        _binary("postgres"),
        "-D",
        home / "data",
        "-k",
        home,
        "-c",
        "listen_addresses=",
        "-c",
        "fsync=off",
    ]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(serve, stdout=log, stderr=log, **options)
    try:
        _wait(home, server)
        yield f"postgres://rivulet@{quote(str(home), safe='')}/postgres"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _wait(home: Path, server: "subprocess.Popen[bytes]") -> None:
    ready = [_binary("pg_isready"), "-h", str(home), "-q"]
    deadline = time.monotonic() + 30
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None, (home / "log").read_text()
        assert time.monotonic() < deadline, "PostgreSQL did not start"
        time.sleep(0.1)
