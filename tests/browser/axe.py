"""axe-core, run on a page as it is just now. See docs/accessibility.md."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FADED_IN = """() => {
    const ends = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    return Promise.all(ends.map(({ finished }) => finished)).catch(() => null);
}"""
RUN = """async (options) => {
    const { violations } = await axe.run(document, options);
    return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, failureSummary }) =>
        `${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join(" ").trim()}`) }));
}"""


def violations(page: Page, *rules: str) -> list[str]:
    """One line each: of all rules, or only of those named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE)
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": RULES}
    # What is still fading in has another colour than it will have; what breathes never ends.
    page.evaluate(FADED_IN)
    found: list[dict[str, Any]] = page.evaluate(RUN, {"runOnly": only, "resultTypes": ["violations"]})
    return [f"{each['id']}: {node}" for each in found for node in each["nodes"]]
