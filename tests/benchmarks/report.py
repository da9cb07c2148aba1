"""The table, and docs/benchmarks.md."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

Result = dict[str, Any]

PACKAGES = ("Django", "channels", "daphne", "aiohttp", "openai", "fastapi", "uvicorn", "orjson")
COLUMNS = (
    ("replies", lambda r: f"{r['replies']}"),
    ("latency p50 / p99, ms", lambda r: f"{r['latency_ms']['p50']:.1f} / {r['latency_ms']['p99']:.1f}"),
    ("first token p50 / p99, ms", lambda r: f"{r['first_ms']['p50']:.1f} / {r['first_ms']['p99']:.1f}"),
    ("lost / doubled", lambda r: f"{r['lost']} / {r['doubled']}"),
    ("CPU a token, µs", lambda r: f"{r['token_us']:.0f}"),
    ("with start and end", lambda r: f"{r['token_us_whole']:.0f}"),
    ("core busy", lambda r: f"{r['core']:.0%}"),
    ("resident, MB", lambda r: f"{r['peak_mb']:.0f}"),
)


def table(results: Mapping[str, Sequence[Result]]) -> str:
    """One row a target and count; the last column compares the CPU of a token with the snippet's."""
    names = ["", *(name for name, _ in COLUMNS), "CPU ÷ snippet's"]
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    snippet = {result["replies"]: result["token_us"] for result in results.get("snippet", ())}
    for target, rows in results.items():
        for result in rows:
            ratio = result["token_us"] / snippet[result["replies"]] if result["replies"] in snippet else None
            cells = [target, *(show(result) for _, show in COLUMNS), f"{ratio:.2f}" if ratio else "–"]
            lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def targets(results: Mapping[str, Sequence[Result]], idle: Mapping[str, float]) -> str:
    """What was wanted of the product, what was seen, and whether that is enough. `idle`: its memory when nothing happens,
    and what so many idle viewers add."""
    product = {result["replies"]: result for result in results["product"]}
    snippet = {result["replies"]: result for result in results["snippet"]}
    lines = ["| wanted | seen | |", "| --- | --- | --- |"]

    def line(wanted: str, seen: str, met: bool) -> None:
        lines.append(f"| {wanted} | {seen} | {'met' if met else '**missed**'} |")

    first = product[1]["first_ms"]["p50"]
    line("at most 10 ms added to the first token when idle", f"{first:.1f} ms (p50)", first <= 10)
    for count in sorted(product.keys() & snippet.keys() - {1}):
        ours, theirs = product[count]["token_us"], snippet[count]["token_us"]
        wanted = f"CPU a token below the FastAPI snippet's, {count} replies"
        line(wanted, f"{ours:.0f} µs against {theirs:.0f} µs", ours < theirs)
    for count in (200, 500):
        late = product[count]["latency_ms"]["p99"]
        line(f"{count} replies at p99 < 250 ms on one core", f"{late:.0f} ms", late < 250)
    most = product[500]
    line("500 replies at 100 µs of CPU a token", f"{most['token_us']:.0f} µs", most["token_us"] <= 100)
    each = (most["peak_mb"] - idle["mb"]) / 500
    line("under 1 MB of memory a reply, 500 replies", f"{each:.2f} MB", each < 1)
    line("under 150 MB resident when idle", f"{idle['mb']:.0f} MB", idle["mb"] < 150)
    viewers, added = idle["viewers"], idle["added_mb"]
    line(
        "1,000 idle viewers under 100 MB more",
        f"{added:.0f} MB for {viewers:.0f}",
        added < 100 and viewers == 1000,
    )
    both = results["both cores"][-1]
    late, times = both["latency_ms"]["p99"], both["replies"] / most["replies"]
    line(
        "two cores with Redis and workers: 1.6 times as many replies at p99 < 250 ms",
        f"{times:.1f} times, {late:.0f} ms",
        times >= 1.6 and late < 250,
    )
    rows = [*product.values(), *results["cluster"], *results["both cores"]]
    lost = sum(result["lost"] + result["doubled"] for result in rows)
    line("no token lost or doubled", f"{lost}", lost == 0)
    return "\n".join(lines)


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(line.split()[1] for line in _lines("/proc/meminfo"))
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{model}, Linux {platform.release()}, {int(memory) / 1e6:.0f} GB of memory, "
        f"Python {platform.python_version()}. {versions}."
    )


def write(path: Path, sections: Mapping[str, str]) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`, and leave the words around it."""
    text = path.read_text()
    for name, content in sections.items():
        before, opening, rest = text.partition(f"<!-- {name} -->\n")
        _, closing, after = rest.partition(f"<!-- /{name} -->")
        assert closing, f"{path} has no place for {name}"
        text = f"{before}{opening}\n{content}\n\n{closing}{after}"
    path.write_text(text)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
