"""`python -m tests.fuzz`: how many upstream streams, client frames and cursors, and what became of them."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import django

import tests.environment  # noqa: F401  (no data of the tester's own)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

# ruff: noqa: E402
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick
from tests.faults.world import SHORT, open_world
from tests.fuzz import doors
from tests.fuzz.streams import seeds, stream
from tests.product import PASSWORD, Template
from tests.viewers import Person

# How many streams are told of at a time.
STEP = 5000
ENVIRONMENT = SHORT | {"POLL_SECONDS": "0.3"}


async def streams(first: int, count: int) -> Counter[str]:
    bodies = seeds()
    unexpected: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: unexpected.append(str(said)))
    ends: Counter[str] = Counter()
    for number in range(first, first + count):
        try:
            ends[await stream(number, bodies)] += 1
        except Exception as problem:
            ends[f"BROKEN by stream {number}: {problem!r}"] += 1
        # Nothing here waits for anything, and a loop that never comes to its turn keeps all its cancelled timers.
        await asyncio.sleep(0)
    ends.update(f"BROKEN, said by the loop: {said}" for said in unexpected)
    return ends


async def at_the_doors(frames: int, cursors: int, seed: int) -> tuple[Counter[str], Counter[str], list[str]]:
    with tempfile.TemporaryDirectory() as place:
        template = Template(Path(place) / "template")
        with open_world(
            template, Path(place) / "product", ENVIRONMENT, ModelServer({"quick": quick})
        ) as world:
            async with Person(world.product.url) as alice:
                await alice.sign_in("alice", PASSWORD)
                viewer = await world.begin(alice, "quick")
                await viewer.finish()
                sent = await doors.frames(alice, viewer.conversation, frames, seed)
                answered = await doors.places(alice, viewer.conversation, cursors)
                assert (await alice.get("/healthz")).status == 200
            return sent, answered, doors.trouble(world.log)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--streams", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--cursors", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number that the chance begins with")
    options = parser.parse_args()
    began = time.monotonic()
    ends: Counter[str] = Counter()
    for first in range(options.first, options.first + options.streams, STEP):
        count = min(STEP, options.first + options.streams - first)
        ends += asyncio.run(streams(first, count))
        print(f"{sum(ends.values())} streams in {time.monotonic() - began:.0f} s", flush=True)
    print(dict(ends.most_common()), flush=True)
    trouble: list[str] = []
    if options.frames or options.cursors:
        began = time.monotonic()
        sent, answered, trouble = asyncio.run(at_the_doors(options.frames, options.cursors, options.first))
        print(f"frames and cursors in {time.monotonic() - began:.0f} s: {dict(sent)} {dict(answered)}")
        print("\n".join(trouble[:20]))
    return bool(trouble or any(end.startswith("BROKEN") for end in ends))


if __name__ == "__main__":
    sys.exit(main())
