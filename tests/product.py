"""The product as its users have it: `manage.py serve` in a process of its own, with data of its own.

with Product(directory) as product:
    ...  # product.url, product.port, product.pid
    product.kill()
    product.start()  # on the same data and the same port
"""

import copy
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

from tests.database import Database
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery staple"
CAST = {"alice": False, "bob": False, "charlie": False, "root": True}
"""Everybody who has an account, and whether they administer."""

STARTS_WITHIN = 90.0
STOPS_WITHIN = 15.0
MAKE_CAST = """
from django.contrib.auth.models import User
for name, administers in {cast!r}.items():
    make = User.objects.create_superuser if administers else User.objects.create_user
    make(name, password={password!r})
"""


class Databases(Protocol):
    """Where products have their databases that have none in their data, as tests.servers.PostgresServer does."""

    def database(self, template: str = "") -> str: ...
    def drop(self, url: str) -> None: ...


class Template:
    """What every product starts from: migrated data with the cast in it, and the static files. Made once in a directory,
    whoever else asks for it there."""

    def __init__(self, directory: Path, databases: Databases | None = None) -> None:
        self.databases = databases
        self.data, self.static = directory / "data", directory / "static"
        directory.mkdir(exist_ok=True)
        with (directory / "made").open("a") as made:
            fcntl.flock(made, fcntl.LOCK_EX)
            if os.fstat(made.fileno()).st_size == 0:
                self._make()
                made.write("yes")

    def _make(self) -> None:
        environment = _environment(self.data, self.static)
        _manage(environment, "collectstatic", "--noinput", "--verbosity=0")
        _fill(environment)

    @cached_property
    def database(self) -> str:
        """The one at `databases` of which products have copies."""
        assert self.databases
        url = self.databases.database()
        _fill(_environment(self.data, self.static) | {"DATABASE_URL": url})
        return url


class Product:
    """`environment` is set on top of a bare one: nothing of the tester's own reaches the product."""

    def __init__(self, template: Template, directory: Path, **environment: str) -> None:
        self.data = directory / "data"
        self.log = directory / "server.log"
        self.port = free_port()
        self.environment = _environment(self.data, template.static) | environment
        self._databases = None if "DATABASE_URL" in environment else template.databases
        if self._databases:
            self.environment["DATABASE_URL"] = self._databases.database(template.database)
        self.flags: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copytree(template.data, self.data)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process, "the product is not running"
        return self._process.pid

    @property
    def pids(self) -> list[int]:
        """Of all that it is made of."""
        return [self.pid]

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def beside(self) -> "Product":
        """Another process on the same data, on a port of its own."""
        other = copy.copy(self)
        other.port, other._process = free_port(), None
        other._databases = None  # it ends with the first
        other.log = self.log.with_name(f"server-{other.port}.log")
        return other

    def worker(self) -> "Worker":
        """A process on the same data that makes replies, as this one does where it has no REDIS_URL."""
        other = Worker.__new__(Worker)
        other.__dict__ |= self.__dict__
        other._process, other.port, other._databases = None, free_port(), None
        other.log = self.log.with_name(f"worker-{other.port}.log")
        return other

    def freeze(self) -> None:
        """As a machine does that is put to sleep: still there, and late for everything."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @property
    def address(self) -> str | Path:
        """Of its database, for those who look from outside."""
        return self.environment.get("DATABASE_URL", self.data)

    @property
    def database(self) -> Database:
        return Database(self.address)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """It will not be started again."""
        self.kill()
        if self._databases:
            self._databases.drop(self.environment["DATABASE_URL"])

    def start(self) -> None:
        """Returns once it answers; the same port each time, as behind a proxy."""
        command = [sys.executable, "manage.py", *self._command()]
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the product did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def _command(self) -> list[str]:
        return ["serve", "--host", "127.0.0.1", "--port", str(self.port), *self.flags]

    def kill(self) -> None:
        """As the kernel does when memory runs out: no clean-up of any kind."""
        self._end(signal.SIGKILL)

    def terminate(self) -> float:
        """As a deployment does. The seconds until it had ended."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    stop = terminate

    def restart(self) -> None:
        self.kill()
        self.start()

    def manage(self, *arguments: str) -> str:
        """What a management command on the same data prints."""
        return _manage(self.environment, *arguments)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _is_ready(self) -> bool:
        return answers(self.url)


def answers(url: str) -> bool:
    """Whether what is there would take a request."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


class Worker(Product):
    """One of `Product.worker()`: it has no address."""

    def _command(self) -> list[str]:
        return ["worker"]

    def _is_ready(self) -> bool:
        return b"waits for turns" in self.log.read_bytes()[self._said_before :]


RATES = ("MESSAGES", "UPLOADS", "SEARCHES", "TRANSFERS", "API", "ANONYMOUS", "STREAMS", "ADDRESS_STREAMS")


def _environment(data: Path, static: Path) -> dict[str, str]:
    """No model of the tester's, no proxy, no colours. An Ollama that happens to run here stays out of it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    ours = {
        "DATA_DIR": data,
        "STATIC_ROOT": static,
        "OLLAMA_URL": "",
        # Tests count what a model server is asked; those of titles turn them on.
        "TITLES": "off",
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        # Tests ask for more in a minute than people do; those of limits set them.
        **{f"{name}_PER_MINUTE": 0 for name in RATES},
        "PYTHONPATH": ROOT / "tests" / "as_hosted",
    }
    return kept | {name: str(value) for name, value in ours.items()}


def _fill(environment: dict[str, Any]) -> None:
    """An empty database gets its tables and the cast."""
    _manage(environment, "migrate", "--verbosity=0")
    _manage(environment, "shell", "--verbosity=0", "-c", MAKE_CAST.format(cast=CAST, password=PASSWORD))


def _manage(environment: dict[str, Any], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout
