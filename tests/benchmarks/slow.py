"""`python -m tests.benchmarks.slow`: two hundred clients that never read, and what they cost.

A model server floods a chat in front of which they sit, over one transport after the other; who is dropped comes back. The
same flood without them is what they are compared with, in memory and in how late the words of another chat are.
"""

import argparse
import asyncio
import contextlib
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from tests.faults.model_server import ModelServer, Wire
from tests.faults.oracles import Footprint, eventually
from tests.faults.scripts import ticking
from tests.faults.world import World, open_world
from tests.ledger import TERMINAL
from tests.product import PASSWORD, Template
from tests.viewers import Person, deaf, follow

Door = Literal["none", "socket", "stream", "poll", "page"]
DOORS: tuple[Door, ...] = ("none", "socket", "stream", "poll", "page")
MB = 1_000_000
LINE = "x" * 3999 + "\n"
LINES = 975  # not quite 4 MB, which a reply may have
PAGE_LINES = 500  # a page of 2 MB
# Without the words, which would be read again and again by the process that notes how late those of the other chat are.
LAST = """SELECT t.id, t.status FROM chat_turn t JOIN chat_message m ON m.id = t.message_id
 WHERE m.conversation_id = ? ORDER BY t.requested DESC LIMIT 1"""
ENVIRONMENT = {"VIEWERS_PER_USER": "1000", "JOURNAL_KEEP_SECONDS": "3600"}


async def flood(wire: Wire) -> None:
    await wire.head()
    for _ in range(LINES):
        await wire.say(LINE)
    await wire.finish()


async def page(wire: Wire) -> None:
    await wire.head()
    for _ in range(PAGE_LINES):
        await wire.say(LINE)
    await wire.finish()


async def timed(wire: Wire) -> None:
    """Twenty words a second, each of which says when it left, until nobody listens."""
    await wire.head()
    async for _ in ticking(100_000, 20):
        await wire.say(f"{time.monotonic()} ")


@dataclass
class Seen:
    door: Door
    offered_mb: float = 0
    seconds: float = 0
    grown_mb: float = 0
    drops: int = 0
    late: list[float] = field(default_factory=list)

    def row(self) -> str:
        late = sorted(self.late) or [0]
        p50, p99 = (late[len(late) * part // 100] * 1000 for part in (50, 99))
        return (
            f"| {self.door} | {self.offered_mb:.0f} MB | {self.grown_mb:.0f} MB | {self.drops} | "
            f"{p50:.0f} ms | {p99:.0f} ms | {self.seconds:.0f} s |"
        )


class Crowd:
    """Clients that ask and never read. Whoever is hung up on asks again."""

    def __init__(self, world: World, person: Person, path: str, door: Door, count: int) -> None:
        self._world, self._person, self._door = world, person, door
        self._path, self._count = path, count
        self.drops = 0
        self._clients: list[socket.socket] = []

    @contextlib.asynccontextmanager
    async def sitting(self) -> AsyncIterator["Crowd"]:
        self._clients = [self._ask() for _ in range(self._count)]
        watching = asyncio.create_task(self._come_back())
        try:
            yield self
        finally:
            watching.cancel()
            for client in self._clients:
                client.close()

    def _ask(self) -> socket.socket:
        return deaf(self._person, self._path, self._door == "socket")

    async def _come_back(self) -> None:
        footprint = Footprint(self._world.product.pid)
        while True:
            await asyncio.sleep(1)
            peers = {port for _, port in footprint.peers()}
            for at, client in enumerate(self._clients):
                if client.getsockname()[1] not in peers:
                    client.close()
                    self._clients[at] = self._ask()
                    self.drops += 1


async def run(world: World, door: Door, count: int, megabytes: float) -> Seen:
    seen = Seen(door)
    async with Person(world.product.url) as alice, Person(world.product.url) as bob:
        await alice.sign_in("alice", PASSWORD)
        await bob.sign_in("bob", PASSWORD)
        conversation = await alice.start("Go on.", model=world.names["flood"])
        last = await _over(world, conversation)
        at = (await alice.open(conversation)).cursor
        long = await alice.start("Go on.", model=world.names["page"])
        await _over(world, long)
        path = {
            "socket": f"/ws/conversations/{conversation}/?after={at}",
            "stream": f"/conversations/{conversation}/events/?after={at}",
            "poll": f"/conversations/{conversation}/events/poll/?after={at.partition(':')[0]}:0",
        }.get(door, f"/conversations/{long}/")
        crowd = Crowd(world, alice, path, door, 0 if door == "none" else count)
        async with _listening(world, bob, seen):
            footprint = Footprint(world.product.pid)
            began = time.monotonic()
            async with _measuring(footprint, seen), crowd.sitting():
                while seen.offered_mb < megabytes:
                    # Another answer to the same question, so that what the model is asked does not grow.
                    # Its connection may have been idle for as long as one may be.
                    with contextlib.suppress(aiohttp.ServerDisconnectedError):
                        assert (await alice.act(last, "retry")).status < 400
                    last = await _over(world, conversation)
                    seen.offered_mb += LINES * len(LINE) / MB
            seen.seconds, seen.drops = time.monotonic() - began, crowd.drops
    return seen


async def _over(world: World, conversation: str) -> str:
    """The turn that was asked for last, once it has ended."""

    def ended() -> str | None:
        ((turn, status),) = world.ledger.query(LAST, [conversation.replace("-", "")])
        return str(uuid.UUID(turn)) if status in TERMINAL else None

    return await eventually(ended, 120, "the end of a reply")


@contextlib.asynccontextmanager
async def _listening(world: World, person: Person, seen: Seen) -> AsyncIterator[None]:
    """Somebody else, whose words should come as if nobody else were there."""
    conversation = await person.start("Go on.", model=world.names["timed"])
    page = await person.open(conversation)

    async def listen() -> None:
        async for frame in follow(person, conversation, page.cursor, "socket"):
            now = time.monotonic()
            if frame["type"] == "delta":
                seen.late += [now - float(word) for word in frame["text"].split()]

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        await person.act(world.ledger.turns(conversation)[-1].turn, "stop")


@contextlib.asynccontextmanager
async def _measuring(footprint: Footprint, seen: Seen) -> AsyncIterator[None]:
    async def measure() -> None:
        while True:
            seen.grown_mb = max(seen.grown_mb, footprint.grown_mb())
            await asyncio.sleep(0.1)

    measuring = asyncio.create_task(measure())
    try:
        yield
    finally:
        measuring.cancel()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.slow", description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=500, help="offered to each")
    parser.add_argument("--doors", nargs="+", choices=DOORS, default=list(DOORS))
    options = parser.parse_args(arguments)
    print("| who sits there | offered to each | memory at its highest | dropped | lag p50 | p99 | took |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for door in options.doors:
        with tempfile.TemporaryDirectory() as place:
            models = ModelServer({"flood": flood, "page": page, "timed": timed})
            template = Template(Path(place) / "template")
            with open_world(template, Path(place) / "product", ENVIRONMENT, models) as world:
                print(asyncio.run(run(world, door, options.clients, options.megabytes)).row(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
