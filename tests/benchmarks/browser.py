"""`python -m tests.benchmarks.browser`: what a long reply costs a browser, beside a page that parses it whole each time.

A reply of 100,000 characters at 200 tokens a second, four characters a token, in true time: two minutes. It is an
explanation such as models write (reply.md, repeated); `dense` is the worst case, a new construct every two hundred
characters. The yardstick gets the first 30 seconds, since it cannot keep up with more. A whole run
writes its table into docs/benchmarks.md; `--seconds` takes a part of the reply and only prints.
"""

import argparse
import asyncio
import mimetypes
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.benchmarks import report
from tests.browser.chat import Chat
from tests.browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP
from tests.faults.model_server import ModelServer, Wire
from tests.markdown.replies import WRITTEN
from tests.product import PASSWORD, ROOT, Product, Template

TOKENS_PER_SECOND = 200
TOKEN = 4
WHOLE = 125
YARDSTICK_SECONDS = 30
START_UP = 1.0
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
"""
YARDSTICK = """<!doctype html><meta charset="utf-8"><title>Yardstick</title>
<div id="scroller" style="height: 100vh; overflow: auto"><div id="reply" style="max-width: 46rem; margin: auto"></div></div>
<script type="module">
import MarkdownIt from "/vendor/markdown-it/browser/markdown-it.esm.min.mjs";
const markdown = new MarkdownIt("commonmark", { html: false }).enable(["table", "strikethrough"]).disable("image");
const reply = document.getElementById("reply");
const scroller = document.getElementById("scroller");
window.stream = (text, size, gap) => {
    const began = performance.now();
    let shown = 0;
    const next = () => {
        shown += size;
        reply.innerHTML = markdown.render(text.slice(0, shown));
        scroller.scrollTop = scroller.scrollHeight;
        if (shown < text.length) setTimeout(next, Math.max(0, began + (shown / size) * gap - performance.now()));
        else window.done = true;
    };
    next();
};
</script>"""


@dataclass
class Cost:
    """Seconds of scripts and of tasks in all; microseconds of scripts a token in the first and the last tenth."""

    seconds: float
    scripts: float
    tasks: float
    layout: float
    first: float
    last: float
    long_tasks: list[float]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=WHOLE)
    seconds = options.parse_args().seconds
    length = seconds * TOKENS_PER_SECOND * TOKEN
    text = repeated((Path(__file__).parent / "reply.md").read_text(), length)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        costs = {
            "Rivulet": of_product(browser, text, seconds),
            "Rivulet, dense": of_product(browser, dense(length), seconds),
            "whole text on each token": of_yardstick(browser, text, min(seconds, YARDSTICK_SECONDS)),
        }
        browser.close()
    print(table(costs))
    if seconds == WHOLE:
        report.write(ROOT / "docs" / "benchmarks.md", {"streaming": table(costs)})
    return 0


def dense(length: int) -> str:
    """Everything that Markdown has, in short samples one after the other."""
    parts = [path.read_text() for path in sorted(WRITTEN.glob("*.md")) if "half" not in path.name]
    return repeated("\n\n".join(parts), length)


def repeated(text: str, length: int) -> str:
    return (text * (length // len(text) + 1))[:length]


# --- the product ---


def of_product(browser: Browser, text: str, seconds: int) -> Cost:
    with _talking(text) as product:
        context = browser.new_context(base_url=product.url, viewport=DESKTOP, service_workers="block")
        context.add_init_script(WATCH)
        chat = Chat(context.new_page())
        chat.sign_in("alice", PASSWORD)
        chat.begin("Go on.")
        chat.wait_for_text()
        cost = measure(chat.page, seconds, lambda: chat.wait_for("complete", 30))
        context.close()
    return cost


@contextmanager
def _talking(text: str) -> Iterator[Product]:
    async def speak(wire: Wire) -> None:
        await wire.head()
        due = asyncio.get_running_loop().time()
        for at in range(0, len(text), TOKEN):
            await wire.say(text[at : at + TOKEN])
            due += 1 / TOKENS_PER_SECOND
            await asyncio.sleep(due - asyncio.get_running_loop().time())
        await wire.finish()

    with tempfile.TemporaryDirectory() as directory, ModelServer({"long": speak}).serving() as server:
        template = Template(Path(directory) / "template")
        environment = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none", "OPENAI_MODEL": "long"}
        with Product(template, Path(directory) / "product", **environment) as product:
            yield product


# --- the yardstick ---


def of_yardstick(browser: Browser, text: str, seconds: int) -> Cost:
    text = text[: seconds * TOKENS_PER_SECOND * TOKEN]
    context = browser.new_context(base_url="http://yardstick.test", viewport=DESKTOP)
    context.add_init_script(WATCH)
    context.route("**/*", _answer)
    page = context.new_page()
    page.goto("/")
    page.wait_for_function("'stream' in window")
    page.evaluate("([text, size, gap]) => stream(text, size, gap)", [text, TOKEN, 1000 / TOKENS_PER_SECOND])
    cost = measure(page, seconds, lambda: page.wait_for_function("window.done", timeout=600_000))
    context.close()
    return cost


def _answer(route: Route) -> None:
    path = route.request.url.partition("yardstick.test/")[2]
    if path.startswith("vendor/"):
        route.fulfill(path=ROOT / "static" / path, content_type=mimetypes.guess_type(path)[0])
    else:
        route.fulfill(content_type="text/html", body=YARDSTICK)


# --- measuring ---


def measure(page: Page, seconds: int, end: Callable[[], Any]) -> Cost:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> dict[str, float]:
        got = session.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in got}

    began = time.monotonic()
    page.wait_for_timeout(START_UP * 1000)
    start, quiet = page.evaluate("performance.now()"), read()
    tenth = seconds / 10
    page.wait_for_timeout(tenth * 1000)
    early = read()
    page.wait_for_timeout(max(0, (seconds - 1 - tenth - (time.monotonic() - began)) * 1000))
    late, at = read(), time.monotonic()
    page.wait_for_timeout(tenth * 1000 - 500)
    later, until = read(), time.monotonic()
    end()
    last = read()
    tasks = page.evaluate("(start) => tasks.filter(([at]) => at > start).map(([, lasted]) => lasted)", start)
    return Cost(
        seconds=time.monotonic() - began,
        scripts=last["ScriptDuration"] - quiet["ScriptDuration"],
        tasks=last["TaskDuration"] - quiet["TaskDuration"],
        layout=last["LayoutDuration"]
        + last["RecalcStyleDuration"]
        - quiet["LayoutDuration"]
        - quiet["RecalcStyleDuration"],
        first=_each(quiet, early, tenth),
        last=_each(late, later, until - at),
        long_tasks=tasks,
    )


def _each(before: dict[str, float], after: dict[str, float], seconds: float) -> float:
    return (after["ScriptDuration"] - before["ScriptDuration"]) * 1e6 / (seconds * TOKENS_PER_SECOND)


def table(costs: dict[str, Cost]) -> str:
    heads = ["", "took, s", "scripts, s", "layout and style, s", "all tasks, s"]
    heads += ["scripts a token, first tenth, µs", "last tenth, µs", "tasks over 50 ms", "longest, ms"]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for name, cost in costs.items():
        times = [f"{cost.seconds:.0f}", f"{cost.scripts:.2f}", f"{cost.layout:.2f}", f"{cost.tasks:.1f}"]
        tokens = [f"{cost.first:.0f}", f"{cost.last:.0f}"]
        longest = max(cost.long_tasks, default=0)
        lines.append(
            f"| {' | '.join([name, *times, *tokens, str(len(cost.long_tasks)), f'{longest:.0f}'])} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
