"""Servers of the tests' own, on loopback or a Unix socket, with a directory of their own; each ends with its context, by pid.

with RedisServer(directory) as redis:
    ...  # redis.url, redis.port, redis.pid
    redis.kill()
    redis.start()  # on the same data and the same port
"""

import atexit
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

import psutil
import psycopg
from psycopg import sql
from redis import Redis, RedisError

from tests.ports import free_port

STARTS_WITHIN = 15.0
ENDS_WITHIN = 15.0


class _Process:
    """A child that can be killed, put to sleep and woken."""

    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        assert self._process, "it is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In good order."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        # One that was put to sleep hears of it no sooner than it is woken.
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


class RedisServer(_Process):
    """`options` are those of redis.conf: `RedisServer(appendonly="yes", maxmemory="20mb", maxmemory_policy="noeviction")`.
    Without one it keeps nothing on disk."""

    def __init__(self, directory: Path | None = None, **options: str) -> None:
        self._is_ours = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="redis-"))
        self.port = free_port()
        self.options = {"save": "", "appendonly": "no", **options}

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def log(self) -> str:
        return (self.directory / "redis.log").read_text()

    def client(self) -> Redis:
        """A connection that closes where it is used as a context."""
        return Redis.from_url(self.url, decode_responses=True, socket_timeout=10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._is_ours:
            shutil.rmtree(self.directory, ignore_errors=True)

    def start(self) -> None:
        """Returns once it answers and has read what it kept."""
        assert self._process is None, "it is running already"
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = {"bind": "127.0.0.1", "port": str(self.port), "dir": str(self.directory), **self.options}
        arguments = [
            part for name, value in settings.items() for part in (f"--{name.replace('_', '-')}", value)
        ]
        with (self.directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"redis-server did not start:\n{self.log[-2000:]}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


class PostgresServer(_Process):
    """A PostgreSQL on a Unix socket of its own, in which everybody is trusted.

    with PostgresServer(max_connections="40") as server:
        Product(template, directory, DATABASE_URL=server.database())
        server.kill()
        server.start()  # the same data at the same address

    It does not wait for the disk: what it has committed outlives its own end, however violent, and not the machine's.
    Where that is to be measured, `fsync="on"`.
    """

    OPTIONS = {"listen_addresses": "", "fsync": "off", "full_page_writes": "off", "max_connections": "200"}

    def __init__(self, **options: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self._options = {**self.OPTIONS, **options}

    @property
    def url(self) -> str:
        """Of a database that is there from the beginning, for those who make others."""
        return self._url_of("postgres")

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def __enter__(self) -> Self:
        who = _somebody()
        if who:
            shutil.chown(self.home, who["user"])
        subprocess.run(["cp", "-a", _initial(), self.home / "data"], check=True, **who)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_running:
            self.thaw()
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self) -> None:
        """Returns once it answers. After a kill that is when what the dead one left is gone and its log is replayed."""
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._is_up(deadline):
            assert time.monotonic() < deadline, f"PostgreSQL did not start:\n{self.log[-2000:]}"
            time.sleep(0.05)

    def stop(self, mode: str = "fast") -> None:
        """`immediate` says goodbye to nobody and leaves what is under way to the next start."""
        self._end({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])

    def kill(self) -> None:
        processes = self._processes()
        self._end(signal.SIGKILL)
        _tell(processes, signal.SIGKILL)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def freeze(self) -> None:
        _tell(self._processes(), signal.SIGSTOP)

    def thaw(self) -> None:
        _tell(self._processes(), signal.SIGCONT)

    def database(self, template: str = "") -> str:
        """The address of a database that nobody else has: empty, or as the one at `template` is, which nobody may use now."""
        name, origin = f"test_{uuid.uuid4().hex}", name_of(template) if template else "template0"
        self._administer("CREATE DATABASE {} TEMPLATE {}", name, origin)
        return self._url_of(name)

    def drop(self, url: str) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_of(url))

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _url_of(self, name: str) -> str:
        return f"postgres://rivulet@{quote(str(self.home), safe='')}/{name}"

    def _is_up(self, deadline: float) -> bool:
        if not self.is_running:
            # One that was killed is in the way until the last of its children is gone.
            serve = [binary("postgres"), "-D", self.home / "data", "-k", self.home]
            serve += [f"--{name}={value}" for name, value in self._options.items()]
            with (self.home / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    serve, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_somebody()
                )
        try:
            psycopg.connect(self.url, connect_timeout=max(2, int(deadline - time.monotonic()))).close()
        except psycopg.OperationalError:
            return False
        return True

    def _processes(self) -> list[psutil.Process]:
        """The first first, so that it makes no more of them."""
        first = psutil.Process(self.pid)
        return [first, *first.children(recursive=True)]


def _tell(processes: list[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(what)


def name_of(url: str) -> str:
    """The database's own name in its address."""
    return unquote(urlsplit(url).path.removeprefix("/"))


def binary(name: str) -> str:
    """A program of PostgreSQL's. Debian keeps most of them out of the PATH."""
    installed = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    found = installed[-1] if installed else shutil.which(name)
    assert found, f"{name} is missing: make system installs it"
    return found


@functools.cache
def _initial() -> Path:
    """The files of a server that was never started, made once for this process."""
    home = Path(tempfile.mkdtemp(prefix="pg-initial-"))
    who = _somebody()
    if who:
        shutil.chown(home, who["user"])
    options = ["-U", "rivulet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = [binary("initdb"), "-D", home / "data", *options]
    subprocess.run(command, check=True, capture_output=True, cwd=home, stdin=subprocess.DEVNULL, **who)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home / "data"


def _somebody() -> dict[str, Any]:
    """It refuses to run as root, so then it runs as somebody else."""
    if os.getuid():
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
