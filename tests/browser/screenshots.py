"""The pictures in docs/, taken of the running product: `make screenshots`.

With a directory as argument, every state in both themes and both sizes goes there instead, to be looked at; with names of
states behind it, these alone.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chat import Chat
from tests.browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP, PHONE
from tests.browser.states import (
    STATES,
    Take,
    arabic,
    beside,
    complete,
    diagram,
    failed,
    palette,
    rich,
    search,
    streaming,
)
from tests.ledger import Ledger
from tests.product import PASSWORD, ROOT, Product, Template

DOCS = ROOT / "docs"
MODELS = """
from chat.models import Model, Provider
provider = Provider.objects.create(name="Elsewhere", base_url="http://127.0.0.1:9/v1")
Model.objects.create(provider=provider, name="qwen3:14b")
demo = Provider.objects.get(kind="demo")
demo.models.update(context_window=4_000, input_price=3, output_price=15, takes_images=True)
demo.models.create(name="second", label="Second demo")
"""
ENVIRONMENT = {
    "TURN_RETRIES": "0",
    "TOOLS": "tests.browser.tools_to_call.send",
    "TRACE_DAYS": "7",
    "TRACE_FOR_OWNERS": "on",
}
TITLES = [
    "What to pack for a week in the mountains",
    "Why is the sky blue?",
    "Rename photos by the date they were taken",
    "A poem for Ada, who likes long walks and tea",
    "Compare SQLite and PostgreSQL",
]

LIGHT: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "light"}
DARK: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "dark"}
IN_DOCS: tuple[tuple[str, Take, dict[str, Any]], ...] = (
    ("desktop", complete, LIGHT),
    ("phone", complete, PHONE | {"device_scale_factor": 2}),
    ("dark", complete, DARK),
    ("streaming", streaming, LIGHT),
    ("failed", failed, LIGHT),
    ("rich", rich, LIGHT),
    ("diagram", diagram, DARK),
    ("beside", beside, LIGHT),
    ("search", search, LIGHT),
    ("palette", palette, LIGHT),
    ("arabic", arabic, LIGHT),
)


def take(browser: Browser, product: Product, state: Take, path: Path, **options: Any) -> None:
    context = browser.new_context(base_url=product.url, **options)
    chat = Chat(context.new_page())
    chat.sign_in("alice", PASSWORD)
    state(chat)
    chat.page.screenshot(path=path, animations="disabled")
    context.close()
    print(path)
    # The next picture's sidebar is not to show what this one was about.
    Ledger(product.address).write(
        "UPDATE chat_conversation SET archived = 1, model_id = NULL WHERE title NOT IN (?,?,?,?,?)", TITLES
    )


def fill(browser: Browser, product: Product) -> None:
    """Conversations for the sidebar."""
    context = browser.new_context(base_url=product.url, viewport=DESKTOP)
    chat = Chat(context.new_page())
    chat.sign_in("alice", PASSWORD)
    for title in TITLES:
        chat.begin(title).wait_for_text(20)
        chat.stop.click()
        chat.wait_for("stopped")
    context.close()


def take_all(playwright: Playwright, product: Product, directory: Path | None) -> None:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    fill(browser, product)
    if directory is None:
        for name, state, options in IN_DOCS:
            take(browser, product, state, DOCS / f"{name}.png", **options)
    else:
        directory.mkdir(parents=True, exist_ok=True)
        for state in [each for each in STATES if each.__name__ in sys.argv[2:] or not sys.argv[2:]]:
            for size, options in (("desktop", {"viewport": DESKTOP}), ("phone", PHONE)):
                for theme in ("light", "dark"):
                    path = directory / f"{state.__name__}-{size}-{theme}.png"
                    take(browser, product, state, path, color_scheme=theme, **options)
    browser.close()


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as scratch:
        template = Template(Path(scratch) / "template")
        with (
            Product(template, Path(scratch) / "product", **ENVIRONMENT) as product,
            sync_playwright() as playwright,
        ):
            product.manage("shell", "--verbosity=0", "-c", MODELS)
            take_all(playwright, product, directory)


if __name__ == "__main__":
    main()
