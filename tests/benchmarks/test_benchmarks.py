"""The benchmark runs, and what it counts comes whole. How fast, is not a test's to say."""

import os
import sqlite3
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


def test_a_site_is_made_of_any_size(tmp_path):
    command = [sys.executable, "-m", "tests.benchmarks.size", "--make", "--scale", "0.001"]
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    with sqlite3.connect(tmp_path / "rivulet.sqlite3") as database:
        ((messages,),) = database.execute("SELECT count(*) FROM chat_message")
    assert messages >= 1000
