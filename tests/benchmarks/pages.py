"""`python -m tests.benchmarks.pages`: what a page weighs and how soon it is there, in a real Chromium.

Each page is opened with an empty cache, as by a newcomer, and once more with a full one; on the machine as it is, and
slowed down as Lighthouse does for a phone (four times less processor, 150 ms there and back, 1.6 Mbit/s). It writes its
tables into docs/benchmarks.md.
"""

import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.benchmarks import report
from tests.browser.chat import Chat
from tests.browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP, PHONE
from tests.product import PASSWORD, ROOT, Product, Template

ROUNDS = 5
PHONE_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
PHONE_SLOWDOWN = 4
KINDS = {
    "Script": "JavaScript",
    "Stylesheet": "CSS",
    "Document": "HTML",
    "Image": "pictures",
    "Font": "fonts",
}
WATCH = """
window.seen = { paint: 0, shift: 0, blocked: 0 };
const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
watch("largest-contentful-paint", (entry) => { seen.paint = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
watch("longtask", (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
"""
READ = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const first = performance.getEntriesByName("first-contentful-paint")[0];
    return { ...seen, first: first?.startTime ?? 0, answer: page.responseStart, ready: page.domContentLoadedEventEnd,
             load: page.loadEventEnd };
}"""
TIMINGS = {
    "answer": "first byte, ms",
    "first": "first paint, ms",
    "paint": "largest paint, ms",
    "ready": "scripts have run, ms",
    "blocked": "main thread blocked, ms",
    "shift": "layout shift",
}


class Weight:
    """What a page brings over the wire: bytes after compression, by kind, of this site alone."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes: Counter[str] = Counter()
        self.requests = 0
        self._kinds: dict[str, str] = {}
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._came)

    def _answered(self, event: dict[str, Any]) -> None:
        if urlsplit(event["response"]["url"]).scheme == "http" and not event["response"].get("fromDiskCache"):
            self._kinds[event["requestId"]] = KINDS.get(event["type"], "other")

    def _came(self, event: dict[str, Any]) -> None:
        if kind := self._kinds.get(event["requestId"]):
            self.bytes[kind] += int(event["encodedDataLength"])
            self.requests += 1

    @property
    def code(self) -> int:
        return self.bytes["JavaScript"] + self.bytes["CSS"]


def weigh(page: Page, url: str) -> Weight:
    """Opens `url` in a page whose browser has nothing of it yet."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weight = Weight(session)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    session.detach()
    return weight


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as directory,
        _product(Path(directory)) as product,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages = _pages(browser, product)
        weights = {name: weigh(_new_page(browser, pages[name]), pages[name]["url"]) for name in pages}
        rows = {
            (name, device, cache): _median(browser, visit, device, cache)
            for name, visit in pages.items()
            for device in ("desktop", "phone")
            for cache in ("empty", "full")
        }
        browser.close()
    sections = {"weight": _weight_table(weights), "timings": _timings_table(rows)}
    print("\n\n".join(sections.values()))
    report.write(ROOT / "docs" / "benchmarks.md", sections)
    return 0


@contextmanager
def _product(directory: Path) -> Iterator[Product]:
    template = Template(directory / "template")
    with Product(template, directory / "product", DEMO_TOKENS_PER_SECOND="2000") as product:
        yield product


def _pages(browser: Browser, product: Product) -> dict[str, Any]:
    """The pages to look at, each with the cookies of whoever may."""
    context = browser.new_context(base_url=product.url, viewport=DESKTOP)
    chat = Chat(context.new_page())
    chat.sign_in("alice", PASSWORD)
    cookies = context.cookies()
    chat.begin(
        "Explain how a reply travels from a language model to my screen, one step at a time."
    ).wait_for("complete", 40)
    urls = {
        "sign-in": f"{product.url}/accounts/login/",
        "new chat": f"{product.url}/",
        "conversation": chat.page.url,
    }
    context.close()
    return {name: {"url": url, "cookies": [] if name == "sign-in" else cookies} for name, url in urls.items()}


def _new_page(browser: Browser, visit: dict[str, Any], device: str = "desktop") -> Page:
    options = PHONE if device == "phone" else {"viewport": DESKTOP}
    context = browser.new_context(**options, service_workers="block")
    context.add_cookies(visit["cookies"])
    context.add_init_script(WATCH)
    return context.new_page()


def _median(browser: Browser, visit: dict[str, Any], device: str, cache: str) -> dict[str, float]:
    seen = [_visit(browser, visit, device, cache) for _ in range(ROUNDS)]
    return {name: statistics.median(each[name] for each in seen) for name in TIMINGS}


def _visit(browser: Browser, visit: dict[str, Any], device: str, cache: str) -> dict[str, float]:
    page = _new_page(browser, visit, device)
    if cache == "full":
        page.goto(visit["url"], wait_until="networkidle")
    session = page.context.new_cdp_session(page)
    if device == "phone":
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", PHONE_NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": PHONE_SLOWDOWN})
    page.goto(visit["url"], wait_until="networkidle")
    seen: dict[str, float] = page.evaluate(READ)
    page.context.close()
    return seen


def _weight_table(weights: dict[str, Weight]) -> str:
    kinds = [*KINDS.values(), "other"]
    lines = [
        "| page | " + " | ".join(f"{kind}, KB" for kind in kinds) + " | JavaScript and CSS, KB | requests |"
    ]
    lines.append("| --- " * (len(kinds) + 3) + "|")
    for name, weight in weights.items():
        cells = [f"{weight.bytes[kind] / 1000:.1f}" for kind in kinds]
        lines.append(f"| {name} | {' | '.join(cells)} | **{weight.code / 1000:.1f}** | {weight.requests} |")
    return "\n".join(lines)


def _timings_table(rows: dict[tuple[str, str, str], dict[str, float]]) -> str:
    lines = [
        "| page | device | cache | " + " | ".join(TIMINGS.values()) + " |",
        "| --- " * (len(TIMINGS) + 3) + "|",
    ]
    for (name, device, cache), row in rows.items():
        cells = [f"{row[key]:.3f}" if key == "shift" else f"{row[key]:.0f}" for key in TIMINGS]
        lines.append(f"| {name} | {device} | {cache} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
