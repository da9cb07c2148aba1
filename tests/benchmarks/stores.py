"""`python -m tests.benchmarks.stores`: how much the stores take, each on this machine and alone: appends to the journal in
batches as large as a load makes them, on SQLite, PostgreSQL and Redis.

All of them keep what they acknowledge (PostgreSQL with fsync; Redis with an append-only file, synchronised each second).
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.servers import PostgresServer, RedisServer

if TYPE_CHECKING:
    from chat.journal import Journal

BATCHES, SECONDS = (1, 20, 100), 2.0
TOKENS_OF_AN_ENTRY = 2


def prepare(directory: Path, url: str = "") -> None:
    import django
    from django.core.management import call_command

    os.environ |= {
        "DATA_DIR": str(directory),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
    }
    django.setup()
    call_command("migrate", verbosity=0)


async def appends(make: "Callable[[], Journal]", topics: int) -> tuple[float, float]:
    """Batches and entries a second, one batch after the other, as the journal writes them."""
    from chat.events import TextDelta

    journal, names = make(), [f"conversation:{uuid4()}" for _ in range(topics)]
    turn = str(uuid4())
    batches, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        await asyncio.gather(*(journal.append(name, [TextDelta(turn, "a token or two ")]) for name in names))
        batches += 1
    took = time.perf_counter() - began
    return batches / took, batches * topics / took


def tell(name: str, make: "Callable[[], Journal]") -> None:
    for topics in BATCHES:
        batches, entries = asyncio.run(appends(make, topics))
        tokens = entries * TOKENS_OF_AN_ENTRY
        print(f"| {name} | {topics} | {batches:,.0f} | {entries:,.0f} | {tokens:,.0f} |", flush=True)


def main(kind: str) -> None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(PostgresServer(fsync="on")).url if kind == "postgresql" else ""
        prepare(directory, url)
        if kind == "redis":
            from chat.journal.redis import RedisJournal

            redis = stack.enter_context(RedisServer(appendonly="yes", appendfsync="everysec"))
            tell(kind, lambda: RedisJournal(redis.url))
        else:
            from chat.journal.database import DatabaseJournal

            tell(kind, DatabaseJournal)


if __name__ == "__main__":
    main(sys.argv[1])
