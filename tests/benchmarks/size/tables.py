"""The figures of both databases beside one another, for docs/benchmarks.md."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

GROUPS = {
    "person": "A person with 10,000 conversations",
    "search": "Search in 100,000 messages of that person",
    "long": "A conversation of 5,000 messages",
    "admin": "Administration: of each list the page that takes longest",
    "background": "What a serving process does beside answering",
}
Row = dict[str, Any]
Pair = tuple[Row, Row]


def table(sqlite: Path, postgresql: Path) -> str:
    there = {(row["group"], row["name"]): row for row in json.loads(postgresql.read_text())}
    pairs = [
        (row, there[key])
        for row in json.loads(sqlite.read_text())
        if (key := (row["group"], row["name"])) in there
    ]
    return "\n\n".join(
        _section(title, [p for p in pairs if p[0]["group"] == group]) for group, title in GROUPS.items()
    )


def _section(title: str, pairs: list[Pair]) -> str:
    if pairs and pairs[0][0]["group"] == "admin":
        pairs = _slowest(pairs)
    lines = [
        f"**{title}**\n",
        "| | SQLite: p50 / p95, ms | processor, ms | PostgreSQL: p50 / p95, ms | processor, ms | queries |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*lines, *map(_line, pairs)])


def _line(pair: Pair) -> str:
    one, other = pair
    queries = (
        str(one["queries"]) if one["queries"] == other["queries"] else f"{one['queries']}, {other['queries']}"
    )
    return f"| {one['name']} | {_times(one)} | {_times(other)} | {queries} |"


def _times(row: Row) -> str:
    return f"{row['median']:.0f} / {row['late']:.0f} | {row['processor']:.0f}"


def _slowest(pairs: Iterable[Pair]) -> list[Pair]:
    """By the part of the name before the comma, which is that of the list."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        name = pair[0]["name"].partition(",")[0]
        if name not in found or _cost(pair) > _cost(found[name]):
            found[name] = pair
    return list(found.values())


def _cost(pair: Pair) -> float:
    return float(max(row["processor"] for row in pair))
