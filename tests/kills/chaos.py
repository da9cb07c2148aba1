"""Processes of a cluster are killed, told to go, or put to sleep, by chance that can be repeated."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.cluster import Cluster, Member, revive

SLEEPS_SECONDS = (0.2, 5.0)
DEEDS = ("kill", "sleep", "stop")


@dataclass(frozen=True)
class Blow:
    """`seconds` is how long a process sleeps, or how long it is missed before it is started again."""

    name: str
    deed: str
    seconds: float


def blows(names: Iterable[str], seed: int, count: int) -> list[Blow]:
    """The same ones for the same seed."""
    chance, among = random.Random(seed), sorted(names)
    made = []
    for _ in range(count):
        deed = chance.choice(DEEDS)
        seconds = chance.uniform(*SLEEPS_SECONDS) if deed == "sleep" else chance.choice((0.0, 0.0, 1.0))
        made.append(Blow(chance.choice(among), deed, seconds))
    return made


class Chaos:
    """Strikes `at_once` processes at a time; one that is struck already is left until it is up again."""

    def __init__(self, cluster: Cluster, at_once: int = 2) -> None:
        self.struck: Counter[str] = Counter()
        self._members = cluster.members
        self._at_once = at_once

    async def strike(self, blows: Iterable[Blow], seconds: float) -> None:
        """All of them, or as many as fit into so long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        each = iter(blows)
        locks = {name: asyncio.Lock() for name in self._members}

        async def work() -> None:
            for blow in each:
                if loop.time() > until:
                    return
                async with locks[blow.name]:
                    await asyncio.to_thread(_strike, self._members[blow.name], blow)
                    self.struck[f"{blow.deed} {blow.name.rstrip('-0123456789')}"] += 1

        await asyncio.gather(*(work() for _ in range(self._at_once)))


def _strike(member: Member, blow: Blow) -> None:
    if blow.deed == "sleep":
        member.freeze()
        time.sleep(blow.seconds)
        member.thaw()
        return
    member.kill() if blow.deed == "kill" else member.stop()
    time.sleep(blow.seconds)
    revive(member)
