"""The pictures in docs/, taken of the running product: `make screenshots`.

With a directory as argument, every state in both themes and both sizes goes there instead, to be looked at.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chat import Chat
from tests.browser.conftest import ARGUMENTS, CHROMIUM, DESKTOP, PHONE
from tests.ledger import Ledger
from tests.product import PASSWORD, ROOT, Product, Template

DOCS = ROOT / "docs"
UNREACHABLE = """
from chat.models import Model, Provider
provider = Provider.objects.create(name="Elsewhere", base_url="http://127.0.0.1:9/v1")
Model.objects.create(provider=provider, name="qwen3:14b")
"""
QUESTION = "Explain how a reply travels from a language model to my screen, one step at a time."
TITLES = [
    "What to pack for a week in the mountains",
    "Why is the sky blue?",
    "Rename photos by the date they were taken",
    "A poem for Ada, who likes long walks and tea",
    "Compare SQLite and PostgreSQL",
]
Take = Callable[[Chat], None]


def home(chat: Chat) -> None:
    chat.page.goto("/")


def complete(chat: Chat) -> None:
    chat.begin(QUESTION).wait_for("complete", 40)
    chat.wait_for_footer()
    chat.reply.locator(".message-author").hover()


def streaming(chat: Chat) -> None:
    chat.begin("Plan a quiet weekend in a city by the sea, with a list for each day.")
    chat.wait_for_text(330)


def waiting(chat: Chat) -> None:
    chat.page.route("**/events/**", lambda route: route.abort())
    chat.page.route_web_socket("**/ws/**", lambda socket: socket.send('{"type":"heartbeat","cursor":"x:0"}'))
    chat.begin("Hello")
    chat.page.get_by_text("Waiting for").wait_for()


def stopped(chat: Chat) -> None:
    chat.begin("Write a polite letter to a neighbour about loud music, in five sentences.")
    chat.wait_for_text(260)
    chat.stop.click()
    chat.wait_for("stopped")
    chat.wait_for_footer()


def failed(chat: Chat) -> None:
    chat.page.goto("/")
    chat.choose("qwen3:14b")
    chat.box.fill("Which of my photographs show the sea?")
    chat.send.click()
    chat.page.wait_for_url("**/conversations/*/")
    chat.wait_for("failed", 30)
    chat.wait_for_footer()


def drawer(chat: Chat) -> None:
    chat.page.goto("/")
    chat.page.get_by_role("button", name="Sidebar", exact=True).click()
    chat.page.wait_for_timeout(400)


def reconnecting(chat: Chat) -> None:
    streaming(chat)
    chat.page.context.set_offline(True)
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    chat.page.get_by_text("Reconnecting").wait_for()


def signed_out(chat: Chat) -> None:
    stopped(chat)
    chat.page.context.clear_cookies()
    chat.ask("And now in three sentences.")
    chat.page.get_by_role("dialog").wait_for()


def too_long(chat: Chat) -> None:
    stopped(chat)
    chat.box.fill("x" * 200_001)
    chat.send.click()
    chat.page.get_by_role("alert").wait_for()


def delete(chat: Chat) -> None:
    stopped(chat)
    chat.page.get_by_role("link", name="Delete").click()


def account(chat: Chat) -> None:
    chat.page.goto("/")
    if chat.page.viewport_size and chat.page.viewport_size["width"] < 768:
        drawer(chat)
    chat.page.locator(".sidebar-account").click()


STATES: tuple[Take, ...] = (
    *(
        home,
        complete,
        streaming,
        waiting,
        stopped,
        failed,
        drawer,
        reconnecting,
        signed_out,
        too_long,
        delete,
    ),
    account,
)
LIGHT: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "light"}
DARK: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "dark"}
IN_DOCS: tuple[tuple[str, Take, dict[str, Any]], ...] = (
    ("desktop", complete, LIGHT),
    ("phone", complete, PHONE | {"device_scale_factor": 2}),
    ("dark", complete, DARK),
    ("streaming", streaming, LIGHT),
    ("failed", failed, LIGHT),
)


def take(browser: Browser, product: Product, state: Take, path: Path, **options: Any) -> None:
    context = browser.new_context(base_url=product.url, **options)
    chat = Chat(context.new_page())
    chat.sign_in("alice", PASSWORD)
    state(chat)
    chat.page.wait_for_timeout(250)
    chat.page.screenshot(path=path)
    context.close()
    print(path)
    # The next picture's sidebar is not to show what this one was about.
    Ledger(product.data).write(
        "UPDATE chat_conversation SET archived = 1 WHERE title NOT IN (?,?,?,?,?)", TITLES
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
        for state in STATES:
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
            Product(template, Path(scratch) / "product", TURN_RETRIES="0") as product,
            sync_playwright() as playwright,
        ):
            product.manage("shell", "--verbosity=0", "-c", UNREACHABLE)
            take_all(playwright, product, directory)


if __name__ == "__main__":
    main()
