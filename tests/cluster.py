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
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self

from tests.nginx import NginxServer
from tests.product import CAST, PASSWORD, Product, Template
from tests.servers import PostgresServer, RedisServer

WEBS = WORKERS = 2
STARTS = 10
# What a tester may have of models of their own.
MODELS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ANTHROPIC_API_KEY")
REDIS = {"appendonly": "yes", "maxmemory": "512mb", "maxmemory_policy": "noeviction"}


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
    """Stands for a `Product` where a test asks for one: what it says holds for all of its processes."""

    def __init__(self, template: Template, directory: Path, **environment: str) -> None:
        self.postgres = PostgresServer()
        self.redis = RedisServer(directory / "redis", **REDIS)
        environment |= {"REDIS_URL": self.redis.url, "DATABASE_URL": "of the server, once it runs"}
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
    def log(self) -> str:
        return "".join(each.log.read_text(errors="replace") for each in [*self.webs, *self.workers])

    def manage(self, *arguments: str) -> str:
        return self.webs[0].manage(*arguments)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.redis)
            stack.enter_context(self.postgres)
            self.environment["DATABASE_URL"] = self.postgres.database()
            self._first.prepare()
            with ThreadPoolExecutor() as pool:
                for each in (ours := [*self.webs, *self.workers]):
                    stack.callback(each.kill)
                list(pool.map(lambda each: each.start(), ours))
            stack.enter_context(self.nginx)
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
            with Cluster(Template(directory / "template"), directory / "cluster", **models) as cluster:
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
