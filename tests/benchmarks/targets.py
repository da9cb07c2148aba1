"""What is measured: each target is a server in a process of its own, pinned to core 0 where it has not both."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import psutil

from tests.benchmarks.processes import family, resident_mb
from tests.ports import free_port
from tests.servers import RedisServer

SERVER_CORE, LOAD_CORE = 0, min(1, os.cpu_count() or 1)
ONE_CORE, BOTH_CORES = (SERVER_CORE,), (SERVER_CORE, LOAD_CORE)
START_SECONDS = 60
IDLE_SECONDS = 3


@dataclass
class Target:
    port: int
    pids: list[int]
    environment: Mapping[str, str] | None = None
    """Of the product; None for a yardstick."""

    def run(self, replies: int, window: float, rounds: int = 1, counted: int = 1) -> dict[str, Any]:
        """The load, from a process pinned to the other core."""
        plan = {
            "port": self.port,
            "pids": self.pids,
            "replies": replies,
            "window": window,
            "people": self._people(replies),
            "rounds": rounds,
            "counted": counted,
        }
        done = _python(["-m", "tests.benchmarks.load"], input=json.dumps(plan), core=LOAD_CORE)
        result: dict[str, Any] = json.loads(done)
        return result

    def idle_mb(self) -> float:
        """Resident memory after a page has been served and nothing happens."""
        time.sleep(IDLE_SECONDS)
        return resident_mb(self.pids)

    def idle_viewers(self, count: int) -> dict[str, Any]:
        """What so many viewers of quiet conversations add; nothing streams meanwhile."""
        plan = {"port": self.port, "pids": self.pids, "people": self._people(count)}
        done = _python(["-m", "tests.benchmarks.idle"], input=json.dumps(plan), core=LOAD_CORE)
        result: dict[str, Any] = json.loads(done)
        return result

    def _people(self, count: int) -> list[list[str]]:
        if self.environment is None:
            return []
        made: list[list[str]] = json.loads(
            _python(["-m", "tests.benchmarks.people", str(count)], environment=self.environment)
        )
        return made


@contextmanager
def upstream() -> Iterator[str]:
    port = free_port()
    with _server([sys.executable, "-m", "tests.benchmarks.upstream", str(port)], port, [LOAD_CORE]):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def yardstick(module: str, upstream_url: str) -> Iterator[Target]:
    port = free_port()
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", str(port), upstream_url]
    with _server(command, port, ONE_CORE) as pid:
        yield Target(port, family(pid))


@contextmanager
def cluster(data: Path, upstream_url: str, cores: Sequence[int] = ONE_CORE) -> Iterator[Target]:
    """The product on Redis: a web process and a worker, counted together with Redis, which keeps an append-only file."""
    with RedisServer(data / "redis", appendonly="yes") as redis:
        psutil.Process(redis.pid).cpu_affinity(list(cores))
        with product(data, upstream_url, cores, REDIS_URL=redis.url) as target:
            _wait_for_worker(target.pids[0])
            yield replace(target, pids=[*family(target.pids[0]), redis.pid])


def _wait_for_worker(pid: int) -> None:
    """The web process begins it; it is there once it has read its modules and waits."""
    deadline = time.monotonic() + START_SECONDS
    while len(family(pid)) < 2 or psutil.Process(family(pid)[1]).num_threads() < 2:
        assert time.monotonic() < deadline, "no worker has come up"
        time.sleep(0.1)


@contextmanager
def product(data: Path, upstream_url: str, cores: Sequence[int] = ONE_CORE, **more: str) -> Iterator[Target]:
    """The product as it comes: only where its data lies and which model it talks to are said."""
    port = free_port()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "DATA_DIR": str(data),
        "STATIC_ROOT": str(data / "static"),
        "OPENAI_BASE_URL": f"{upstream_url}/v1",
        "OPENAI_API_KEY": "none",
        "OPENAI_MODEL": "paced",
        "OLLAMA_URL": "http://127.0.0.1:9",
        # Found first: taskiq loads what the yardsticks are made of wherever it is installed.
        "PYTHONPATH": str(Path(__file__).parent / "not_installed"),
        **more,
    }
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        _python(["manage.py", *command], environment=environment)
    command = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with _server(command, port, cores, environment) as pid:
        yield Target(port, family(pid), environment)


@contextmanager
def _server(
    command: list[str], port: int, cores: Sequence[int], environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    with ExitStack() as stack:
        log = stack.enter_context(open(os.devnull, "w"))
        process = stack.enter_context(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        stack.callback(_end, process)
        psutil.Process(process.pid).cpu_affinity(list(cores))
        _wait_for(f"http://127.0.0.1:{port}/", process)
        yield process.pid


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except HTTPError:
            return  # It answers; that is all we want to know.
        except (URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} did not come up") from None
            time.sleep(0.1)


def _python(
    arguments: list[str],
    *,
    environment: Mapping[str, str] | None = None,
    input: str | None = None,
    core: int | None = None,
) -> str:
    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, [core])

    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        input=input,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=pin,
    )
    return done.stdout
