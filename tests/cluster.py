"""The product on many processes, as compose.yaml has it and without containers: two that serve behind nginx, two that make
replies, and what they share.

with Cluster(template, directory) as cluster:
    ...  # cluster.url is nginx's
    cluster.webs[0].kill()
    cluster.webs[0].start()

As a program (`make cluster`) it runs until it is interrupted, and starts again what dies.
"""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self, TypeVar

from tests.nginx import NginxServer
from tests.product import CAST, PASSWORD, Product, Template, answers
from tests.servers import PostgresServer, RedisServer

WEBS = WORKERS = 2
STARTS = 10
FOUND_WITHIN = 20.0
# What a tester may have of models of their own.
MODELS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ANTHROPIC_API_KEY")
REDIS = {"appendonly": "yes", "appendfsync": "no", "maxmemory": "512mb", "maxmemory_policy": "noeviction"}

Done = TypeVar("Done")


class Member(Protocol):
    """What each of a cluster's processes can be told."""

    @property
    def is_running(self) -> bool: ...
    @property
    def pid(self) -> int: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> object: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...


class Cluster:
    """Stands for a `Product` where a test asks for one: what is told to it is told to all that serve and that make replies.

    Its PostgreSQL is that of the template, which runs already and keeps the database: where the server is one that is down,
    nobody could take it away."""

    def __init__(self, template: Template, directory: Path, **environment: str) -> None:
        assert isinstance(template.databases, PostgresServer), "a cluster's template is in a PostgreSQL"
        self.postgres = template.databases
        self.redis = RedisServer(directory / "redis", **REDIS)
        url = self.postgres.database(template.database)
        environment |= {"REDIS_URL": self.redis.url, "DATABASE_URL": url}
        self._first = first = Product(template, directory, **environment)
        first.flags = ("--no-worker", "--proxy-headers")
        self.data, self.environment = first.data, first.environment
        self.webs = [first, *(first.beside() for _ in range(WEBS - 1))]
        self.workers = [first.worker() for _ in range(WORKERS)]
        self.nginx = NginxServer(directory / "nginx", [web.port for web in self.webs])
        self._ends = ExitStack()

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def port(self) -> int:
        return self.nginx.port

    @property
    def address(self) -> str | Path:
        return self._first.address

    @property
    def members(self) -> dict[str, Member]:
        """By the names that they have in compose.yaml, in the order in which they need each other."""
        webs = {f"web-{number}": web for number, web in enumerate(self.webs, 1)}
        workers = {f"worker-{number}": worker for number, worker in enumerate(self.workers, 1)}
        return {"postgres": self.postgres, "redis": self.redis, **webs, **workers, "nginx": self.nginx}

    @property
    def ours(self) -> list[Product]:
        return [*self.webs, *self.workers]

    @property
    def pids(self) -> list[int]:
        return [each.pid for each in self.ours]

    @property
    def said(self) -> str:
        return "".join(each.said for each in self.ours)

    def manage(self, *arguments: str) -> str:
        return self._first.manage(*arguments)

    def start(self) -> None:
        """Returns once all of them are up, and nginx has found one."""
        self._all(Product.start)
        deadline = time.monotonic() + FOUND_WITHIN
        while not answers(self.url):
            assert time.monotonic() < deadline, f"nginx finds nobody:\n{self.nginx.log[-2000:]}"
            time.sleep(0.05)

    def kill(self) -> None:
        self._all(Product.kill)

    def terminate(self) -> float:
        """The seconds until the last had ended."""
        return max(self._all(Product.terminate))

    def restart(self) -> None:
        self.kill()
        self.start()

    def freeze(self) -> None:
        self._all(Product.freeze)

    def thaw(self) -> None:
        self._all(Product.thaw)

    def _all(self, do: Callable[[Product], Done]) -> list[Done]:
        """At the same time."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(do, self.ours))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.redis)
            stack.enter_context(self.nginx)
            stack.callback(self.kill)
            self.start()
            self._ends = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def look_after(self) -> None:
        """Start again whatever has died, as an init system does."""
        for name, member in self.members.items():
            if not member.is_running:
                print(f"{name} died and is started again.", flush=True)
                member.kill()
                revive(member)
                print(f"{name} is process {member.pid}.", flush=True)


def revive(member: Member) -> None:
    """Until it is up: what it needs may be down as well."""
    for _ in range(STARTS):
        try:
            member.start()
        except AssertionError:
            continue
        return
    member.start()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    models = {name: os.environ[name] for name in MODELS if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="rivulet-cluster-") as made:
        directory = Path(made)
        try:
            print(
                "Two processes that serve, two that make replies, Redis, PostgreSQL and nginx begin.",
                flush=True,
            )
            with (
                PostgresServer() as postgres,
                Cluster(
                    Template(directory / "template", postgres), directory / "cluster", **models
                ) as cluster,
            ):
                for name, member in cluster.members.items():
                    print(f"{name:>10}: process {member.pid}")
                print(
                    f"Rivulet is at {cluster.url}/ for {', '.join(CAST)}, each with the password {PASSWORD!r}."
                )
                print("Kill what you like. Ctrl-C ends all of it, and its data with it.", flush=True)
                while True:
                    time.sleep(0.5)
                    cluster.look_after()
        except KeyboardInterrupt:
            print("All of it has ended.")


if __name__ == "__main__":
    main()
