"""`make kills MINUTES=n`: processes of a cluster die at random while replies stream, and every reply is looked into.

The blows and the questions of a seed are the same each time; how they fall together is the machine's doing.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster import Cluster
from tests.faults.model_server import ModelServer
from tests.faults.scripts import paced
from tests.faults.world import World
from tests.kills.chaos import Chaos, blows
from tests.kills.crowd import Crowd
from tests.kills.verdict import Verdict, judge
from tests.product import Template
from tests.servers import PostgresServer

WORDS, SHORT_WORDS, RATE = 200, 40, 20.0
SCRIPTS = {"long": paced(WORDS, RATE), "short": paced(SHORT_WORDS, RATE)}
ENVIRONMENT = {
    "TURN_LEASE_SECONDS": "3",
    "TURNS_PER_USER": "10000",
    "VIEWERS_PER_USER": "10000",
    "WORKER_DRAIN_SECONDS": "5",
    # What the journal held is compared at the very end.
    "JOURNAL_KEEP_SECONDS": "86400",
    # A process that sleeps does not make a model server slow.
    "TURN_FIRST_TOKEN_SECONDS": "30",
    "TURN_IDLE_SECONDS": "30",
}


async def run(cluster: Cluster, models: ModelServer, options: argparse.Namespace) -> Verdict:
    world = World(cluster, models)
    world.connect("scripted", models.url, list(models.scripts))
    crowd, chaos = Crowd(world, "long", options.seed, readers=2), Chaos(cluster)
    names = options.only or list(cluster.members)
    began = time.monotonic()
    async with crowd.signed_in():
        talking = crowd.begin(options.replies)
        await chaos.strike(blows(names, options.seed, options.blows), options.minutes * 60)
        crowd.close()
        await asyncio.gather(*talking)
        seconds = time.monotonic() - began
        verdict = judge(world, crowd, WORDS)
    struck = ", ".join(f"{count} x {what}" for what, count in sorted(chaos.struck.items()))
    print(f"{chaos.struck.total()} blows in {seconds:.0f} s, seed {options.seed}: {struck}\n{verdict}")
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--blows", type=int, default=1000)
    parser.add_argument("--replies", type=int, default=20, help="at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="processes to strike, by their names in the cluster")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="kills-"))
    models = ModelServer(dict(SCRIPTS))
    with (
        models.serving(),
        PostgresServer() as postgres,
        Cluster(Template(directory / "template", postgres), directory / "cluster", **ENVIRONMENT) as cluster,
    ):
        verdict = asyncio.run(run(cluster, models, options))
        if verdict.wrong:
            print(f"What was there is kept in {directory}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
