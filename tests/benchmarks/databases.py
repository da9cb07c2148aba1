"""The product on PostgreSQL beside itself on SQLite: `python -m tests.benchmarks.databases`, some two minutes."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.benchmarks.processes import cpu_seconds, family
from tests.benchmarks.targets import product, upstream
from tests.product import PASSWORD, Product, Template
from tests.servers import PostgresServer
from tests.viewers import Person, Viewer

ROUNDS, REPLIES, WINDOW = 40, 100, 8.0


async def pages(site: Product) -> tuple[float, float]:
    """Milliseconds of a conversation's page, and of sending a question."""
    async with Person(site.url) as alice:
        await alice.sign_in("alice", PASSWORD)
        conversation = await alice.start("Hello")
        await Viewer(alice, conversation).finish(seconds=60)
        page = await _median(lambda: alice.get(f"/conversations/{conversation}/"))
        return page, await _median(lambda: alice.start("Hello"))


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    """The CPU a token is with start and end of the replies, as in the other tables."""
    print(
        "| | page, ms | send, ms | CPU a token, µs | the database's, µs | latency p50 / p99, ms | lost / doubled |"
    )
    with tempfile.TemporaryDirectory() as place, PostgresServer(fsync="on") as server, upstream() as models:
        for name, databases in (("SQLite", None), ("PostgreSQL", server)):
            template = Template(Path(place) / "template", databases)
            # A quick model, so that replies are not what is measured.
            with Product(template, Path(place) / name, DEMO_TOKENS_PER_SECOND="5000") as site:
                page, send = asyncio.run(pages(site))
            where = {"DATABASE_URL": server.database()} if databases else {}
            with product(Path(place) / f"{name}-tokens", models, **where) as target:
                backends = family(server.pid)
                before = cpu_seconds(backends)
                seen = target.run(REPLIES, WINDOW)
                theirs = (cpu_seconds(backends) - before) / seen["tokens"] * 1e6
            cells = [name, *(f"{value:.0f}" for value in (page, send, seen["token_us_whole"]))]
            cells += [f"{theirs:.0f}" if databases else "-"]
            cells += [f"{seen['latency_ms']['p50']:.0f} / {seen['latency_ms']['p99']:.0f}"]
            cells += [f"{seen['lost']} / {seen['doubled']}"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
