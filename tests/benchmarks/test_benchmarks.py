"""The benchmark runs, and what it counts comes whole. How fast, is not a test's to say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_quick_benchmark_loses_and_doubles_nothing():
    targets = ("snippet", "product")
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--targets", *targets]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    for target in targets:
        assert f"| {target} | 20 |" in done.stdout
