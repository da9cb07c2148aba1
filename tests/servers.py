"""Servers of the tests' own, on loopback alone, with a directory of their own; each ends with its context, by pid.

with RedisServer(directory) as redis:
    ...  # redis.url, redis.port, redis.pid
    redis.kill()
    redis.start()  # on the same data and the same port
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from redis import Redis, RedisError

from tests.product import free_port

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
