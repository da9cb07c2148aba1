"""What the kernel knows of a process and of its children."""

import os
from collections.abc import Iterable
from pathlib import Path

import psutil

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and every descendant of it that is alive."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time, as /proc/<pid>/stat counts it: in hundredths of a second."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def resident_mb(pids: Iterable[int]) -> float:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1e6


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
