"""`python -m tests.benchmarks`: the product beside two yardsticks, under the same load.

A whole run writes its tables into docs/benchmarks.md; a part of it only prints. `--quick` is a smoke test. Only what the
product lost, doubled or left unfinished makes it fail.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import report
from tests.benchmarks.targets import BOTH_CORES, ONE_CORE, Target, cluster, product, upstream, yardstick

# One reply says little of the time to a first token: several, one after the other, the first to warm up.
IDLE: dict[str, Any] = {"window": 2.0, "rounds": 11, "counted": 10}
REPLIES = [1, 50, 100, 200, 500]
TARGETS = ["relay", "snippet", "product", "cluster", "both cores"]
# With less left of the second core than the load takes.
REPLIES_ON_BOTH = [800]
IDLE_VIEWERS = 1000
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def main() -> int:
    options = _options()
    counts = [20] if options.quick else options.replies
    window = 3.0 if options.quick else options.window
    results: dict[str, list[report.Result]] = {}
    idle: dict[str, float] = {}
    with ExitStack() as stack:
        url = stack.enter_context(upstream())
        for name in options.targets:
            with ExitStack() as serving:
                target = serving.enter_context(_target(name, url, stack))
                if name == "product":
                    idle["mb"] = target.idle_mb()
                    if not options.quick:
                        # Before anything else has made room in its memory.
                        idle |= target.idle_viewers(IDLE_VIEWERS)
                    print(f"{name}, idle: {idle}", file=sys.stderr, flush=True)
                own = REPLIES_ON_BOTH if name == "both cores" and counts == REPLIES else counts
                results[name] = measure(name, target, own, window)
    print(report.table(results))
    if counts == REPLIES and options.targets == TARGETS:
        sections = {
            "machine": report.machine(),
            "targets": report.targets(results, idle),
            "table": report.table(results),
        }
        report.write(DOCUMENT, sections)
    return _verdict(results)


def measure(name: str, target: Target, counts: Sequence[int], window: float) -> list[report.Result]:
    rows = []
    for replies in counts:
        row = target.run(replies, **IDLE) if replies == 1 else target.run(replies, window)
        print(f"{name}: {row}", file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def _target(name: str, url: str, stack: ExitStack) -> AbstractContextManager[Target]:
    if name in ("relay", "snippet"):
        return yardstick(name, url)
    data = Path(stack.enter_context(TemporaryDirectory()))
    if name == "product":
        return product(data, url)
    return cluster(data, url, BOTH_CORES if name == "both cores" else ONE_CORE)


def _verdict(results: dict[str, list[report.Result]]) -> int:
    """Only the product's exactness fails a run: times depend on the machine, and a yardstick may be overrun."""
    bad = [
        f"{name}, {row['replies']} replies: {row['lost']} lost, {row['doubled']} doubled, "
        f"{row['unfinished']} unfinished {row['failures'][:2]}"
        for name, rows in results.items()
        for row in rows
        if name not in ("relay", "snippet")
        if row["lost"] or row["doubled"] or row["unfinished"]
    ]
    print("\n".join(bad), file=sys.stderr)
    return bool(bad)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--replies", type=int, nargs="+", default=REPLIES)
    parser.add_argument("--window", type=float, default=10, help="seconds in which all replies run together")
    parser.add_argument("--targets", nargs="+", default=TARGETS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
