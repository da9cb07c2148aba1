"""The client process: asks for many replies at once, reads them all, and says on standard output what it saw.

Replies start one after the other, and each lasts until all have been running together for `window` seconds.
Latency and CPU are those of that window; what was lost or came twice is counted from first to last.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.benchmarks.processes import cpu_seconds, resident_mb
from tests.benchmarks.upstream import THINKING_SECONDS
from tests.benchmarks.wire import Reading, SocketViewer, StreamViewer, dial, upgrade

STARTS_PER_SECOND = 40
SETTLE_SECONDS = 5.0
PATIENCE_SECONDS = 20
TOKENS_PER_SECOND = 20
SESSION, CSRF = "rivulet_sessionid", "rivulet_csrftoken"
CSRF_SECRET = "b" * 32

Ask = Callable[[], Awaitable[None]]


@dataclass
class Plan:
    """`people` is one (session, conversation) a reply for the product, and empty for a yardstick.

    The whole is done `rounds` times over; only the last `counted` of them are looked at.
    """

    port: int
    pids: list[int]
    replies: int
    window: float
    people: list[tuple[str, str]]
    rounds: int = 1
    counted: int = 1

    @property
    def gap(self) -> float:
        return 1 / STARTS_PER_SECOND

    @property
    def seconds(self) -> float:
        return self.replies * self.gap + SETTLE_SECONDS + self.window

    @property
    def script(self) -> str:
        return f"{TOKENS_PER_SECOND} {self.seconds:g}"


async def stream_reply(plan: Plan, reading: Reading) -> Ask:
    async def ask() -> None:
        body = json.dumps({"model": "paced", "text": plan.script}).encode()
        head = f"POST /chat HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\nContent-Type: application/json\r\n"
        reading.asked = time.monotonic_ns()
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        viewer = await dial(lambda: StreamViewer(reading), plan.port, request)
        await viewer.over
        reading.status = "complete"

    return ask


async def product_reply(
    plan: Plan, reading: Reading, person: tuple[str, str], web: aiohttp.ClientSession
) -> Ask:
    """Has the conversation open, as a browser does, before the question is asked."""
    session, conversation = person
    cookie = f"{SESSION}={session}; {CSRF}={CSRF_SECRET}"
    base = f"http://127.0.0.1:{plan.port}/conversations/{conversation}/"
    async with web.get(base, headers={"Cookie": cookie}) as page:
        cursor = re.search(r'data-cursor="([^"]*)"', await page.text())
    assert cursor is not None, f"{base} answered {page.status} without a cursor"
    path = f"/ws/conversations/{conversation}/?after={cursor[1]}"
    viewer = await dial(lambda: SocketViewer(reading), plan.port, upgrade(path, plan.port, cookie))

    async def ask() -> None:
        form = {"text": plan.script, "key": uuid.uuid4().hex, "csrfmiddlewaretoken": CSRF_SECRET}
        reading.asked = time.monotonic_ns()
        headers = {"Cookie": cookie, "HX-Request": "true"}
        async with web.post(f"{base}messages/", data=form, headers=headers) as answer:
            assert answer.status == 204, f"asking was answered with {answer.status}: {await answer.text()}"
        await viewer.over

    return ask


@dataclass
class Window:
    """The time in which every reply was running, and the CPU that was spent in it by the server and by us."""

    begin: int
    end: int
    server: float
    ours: float


@dataclass
class Round:
    readings: list[Reading]
    failures: list[str]
    window: Window
    cpu: float
    """Of the server, from the first question to the last token."""


async def run(plan: Plan) -> dict[str, Any]:
    connector = aiohttp.TCPConnector(limit=20)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as web:
        memory = asyncio.create_task(_watch_memory(plan.pids))
        rounds = [await _round(plan, web) for _ in range(plan.rounds)]
        memory.cancel()
        return _sum_up(rounds[-plan.counted :], await memory)


async def _round(plan: Plan, web: aiohttp.ClientSession) -> Round:
    readings = [Reading() for _ in range(plan.replies)]
    asks = await _prepare(plan, readings, web)
    start = time.monotonic()
    window = asyncio.create_task(_measure(plan, start))
    before = cpu_seconds(plan.pids)
    work = (_later(start + n * plan.gap, ask, plan.seconds + PATIENCE_SECONDS) for n, ask in enumerate(asks))
    results = await asyncio.gather(*work, return_exceptions=True)
    cpu = cpu_seconds(plan.pids) - before
    return Round(readings, [repr(result) for result in results if result], await window, cpu)


async def _prepare(plan: Plan, readings: list[Reading], web: aiohttp.ClientSession) -> list[Ask]:
    if not plan.people:
        return [await stream_reply(plan, reading) for reading in readings]
    few = asyncio.Semaphore(8)

    async def prepare(reading: Reading, person: tuple[str, str]) -> Ask:
        async with few:
            return await product_reply(plan, reading, person, web)

    return await asyncio.gather(*map(prepare, readings, plan.people))


async def _later(at: float, ask: Ask, seconds: float) -> None:
    await asyncio.sleep(at - time.monotonic())
    async with asyncio.timeout(seconds):
        await ask()


async def _measure(plan: Plan, start: float) -> Window:
    await asyncio.sleep(start + plan.replies * plan.gap + SETTLE_SECONDS - time.monotonic())
    begin, server, ours = time.monotonic_ns(), cpu_seconds(plan.pids), time.process_time()
    await asyncio.sleep(start + plan.seconds - time.monotonic())
    end, server, ours = time.monotonic_ns(), cpu_seconds(plan.pids) - server, time.process_time() - ours
    return Window(begin, end, server, ours)


async def _watch_memory(pids: list[int]) -> float:
    peak = 0.0
    try:
        while True:
            peak = max(peak, resident_mb(pids))
            await asyncio.sleep(0.25)
    except asyncio.CancelledError:
        return peak


def _sum_up(rounds: list[Round], peak: float) -> dict[str, Any]:
    readings = [reading for one in rounds for reading in one.readings]
    inside = [late for one in rounds for late in _inside(one)]
    tokens = sum(len(reading.tokens) for reading in readings)
    wall = sum(one.window.end - one.window.begin for one in rounds) / 1e9
    expected = max((reading.next for reading in readings), default=0)
    server = sum(one.window.server for one in rounds)
    return {
        "replies": len(rounds[0].readings),
        "tokens": tokens,
        "failures": sorted({failure for one in rounds for failure in one.failures})[:5],
        "unfinished": sum(reading.status != "complete" for reading in readings),
        "lost": sum(reading.lost + expected - reading.next for reading in readings),
        "doubled": sum(reading.doubled for reading in readings),
        "latency_ms": quantiles([late / 1e6 for late in inside]),
        "first_ms": quantiles([first_token_ms(reading) for reading in readings if reading.tokens]),
        "token_us": server / max(len(inside), 1) * 1e6,
        "token_us_whole": sum(one.cpu for one in rounds) / max(tokens, 1) * 1e6,
        "core": server / wall,
        "client_core": sum(one.window.ours for one in rounds) / wall,
        "peak_mb": peak,
    }


def _inside(one: Round) -> list[int]:
    begin, end = one.window.begin, one.window.end
    return [late for reading in one.readings for at, late in reading.tokens if begin <= at < end]


def first_token_ms(reading: Reading) -> float:
    """From asking to the first token, less the time that the model server thought."""
    return (reading.tokens[0][0] - reading.asked) / 1e6 - THINKING_SECONDS * 1e3


def quantiles(values: list[float]) -> dict[str, float]:
    values = sorted(values) or [float("nan")]
    return {"p50": values[len(values) // 2], "p99": values[min(len(values) - 1, len(values) * 99 // 100)]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Plan(**json.load(sys.stdin))))))
