"""What a token costs in each journal: `python -m tests.benchmarks.journals`, under a minute.

No model, no viewers over a network: writers, a journal, and a follower for each topic, in one process. `paced` has each of
so many topics say a word twenty times a second; `flat out` has each say the next as soon as the last is durable.
"""

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

PACED_SECONDS, FLAT_SECONDS = 6.0, 3.0
TOPICS = (1, 100, 500)
RATE = 20
TICK = 0.01


@dataclass(frozen=True)
class Figures:
    tokens: int
    seconds: float
    own: float
    redis: float
    latencies: list[float]

    def line(self, name: str, topics: int, how: str) -> str:
        ranked = sorted(self.latencies)
        p50, p99 = (1000 * ranked[int(len(ranked) * part)] for part in (0.5, 0.99))
        each = 1e6 / self.tokens
        server = f"{self.redis * each:.0f}" if self.redis else "-"
        cells = (name, how, topics, f"{self.tokens / self.seconds:,.0f}", f"{self.own * each:.0f}", server)
        return "| " + " | ".join(map(str, (*cells, f"{p50:.1f} / {p99:.1f}"))) + " |"


async def measure(journal, topics: int, paced: bool, redis: "psutil.Process | None") -> Figures:
    from chat.events import TextDelta
    from chat.journal import Fence

    names = [f"bench:{time.time_ns()}:{number}" for number in range(topics)]
    followers = [journal.follower(name, await journal.position(name)) for name in names]
    readers = [asyncio.create_task(_read(follower)) for follower in followers]
    latencies: list[float] = []
    seqs = dict.fromkeys(names, 0)

    def say(name: str) -> "asyncio.Future":
        seqs[name] += 1
        began = time.perf_counter()
        done = journal.append(name, [TextDelta(name, "a word ")], Fence(name, 1, seqs[name]))
        done.add_done_callback(lambda _: latencies.append(time.perf_counter() - began))
        return done

    await asyncio.gather(*map(say, names))
    latencies.clear()
    before, own, began = _cpu(redis), time.process_time(), time.monotonic()
    if paced:
        await _paced(names, say)
    else:
        await asyncio.gather(*(_flat_out(name, say) for name in names))
    seconds, spent = time.monotonic() - began, time.process_time() - own
    figures = Figures(sum(seqs.values()) - topics, seconds, spent, _cpu(redis) - before, latencies)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    for follower in followers:
        follower.close()
    return figures


async def _read(follower) -> None:
    while True:
        await follower.wake.wait()
        await follower.take()


async def _paced(names: list[str], say) -> None:
    """A part of the topics every tick, so that words come as evenly as from so many models."""
    loop, began, said = asyncio.get_running_loop(), asyncio.get_running_loop().time(), 0
    wanted = int(PACED_SECONDS * RATE * len(names))
    while said < wanted:
        due = min(wanted, int((loop.time() - began) * RATE * len(names)) + 1)
        last = [say(names[number % len(names)]) for number in range(said, due)]
        said = max(said, due)
        await asyncio.sleep(TICK)
    await asyncio.gather(*last)


async def _flat_out(name: str, say) -> None:
    until = time.monotonic() + FLAT_SECONDS
    while time.monotonic() < until:
        await say(name)


def _cpu(process: "psutil.Process | None") -> float:
    return sum(process.cpu_times()[:2]) if process else 0.0


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        from chat.journal.database import DatabaseJournal
        from chat.journal.redis import RedisJournal
        from tests.servers import RedisServer

        call_command("migrate", verbosity=0)
        print("| journal | how | topics | tokens a second | µs of CPU a token | µs of Redis | ms p50 / p99 |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        with RedisServer(Path(data) / "redis", appendonly="yes") as redis:
            for topics in TOPICS:
                for how in ("paced", "flat out"):
                    for kind in (DatabaseJournal, RedisJournal):
                        journal = RedisJournal(redis.url) if kind is RedisJournal else kind()
                        server = psutil.Process(redis.pid) if kind is RedisJournal else None
                        figures = asyncio.run(measure(journal, topics, how == "paced", server))
                        print(figures.line(kind.__name__, topics, how), flush=True)


if __name__ == "__main__":
    main()
