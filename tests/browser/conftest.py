"""A running product, a real Chromium, and the cast in front of it.

A module shares one browser and one product. Both end with it: Playwright's loop is in others' way.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.chat import Chat
from tests.ledger import Ledger
from tests.product import PASSWORD, Product, Template

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Parts of Chromium's own windows, of which each context would start two processes; and, since this takes the place of what
# Playwright turns off, that which would change what pages do.
WITHOUT = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUITabStrip", "SidePanel", "PreloadTopChromeWebUI"),
    *("SpareRendererForSitePerProcess", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "PaintHolding"),
    *(
        "AvoidUnnecessaryBeforeUnloadCheckSync",
        "ThirdPartyStoragePartitioning",
        "MediaRouter",
        "OptimizationHints",
    ),
)
ARGUMENTS = [
    f"--disable-features={','.join(WITHOUT)}",
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESKTOP = {"width": 1440, "height": 900}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Enter = Callable[..., Chat]
# Several browsers and products share the machine.
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.fspath(Path(__file__).parent)
    for item in items:
        if os.fspath(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The demo alone, at its usual pace: what a newcomer has."""
    with Product(template, tmp_path_factory.mktemp("site")) as product:
        yield product


@pytest.fixture(scope="module")
def quick(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo that is done in a moment."""
    with Product(template, tmp_path_factory.mktemp("quick"), DEMO_TOKENS_PER_SECOND="2000") as product:
        yield product


@pytest.fixture(scope="module")
def silent(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo whose first word never comes."""
    with Product(template, tmp_path_factory.mktemp("silent"), DEMO_TOKENS_PER_SECOND="0.001") as product:
        yield product


@pytest.fixture
def ledger(site: Product) -> Ledger:
    return Ledger(site.address)


@pytest.fixture(scope="module")
def cookies(chromium: Browser) -> dict[tuple[str, str], Any]:
    """The sign-in of each person at each product, made once."""
    return {}


@pytest.fixture
def enter(chromium: Browser, cookies: dict[tuple[str, str], Any]) -> Iterator[Enter]:
    """Somebody at the product: `alice = enter(site, "alice")`. What the browser complains of, fails."""
    contexts: list[BrowserContext] = []
    chats: list[Chat] = []

    def enter(product: Product, name: str, url: str = "", *, anew: bool = False, **options: Any) -> Chat:
        options.setdefault("viewport", DESKTOP)
        # What a service worker fetches passes by the routes of a test.
        options.setdefault("service_workers", "block")
        context = chromium.new_context(base_url=url or product.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        chat = Chat(context.new_page())
        chats.append(chat)
        # Cookies do not know about ports: a proxy in front of the product is the same site to them.
        if anew or (product.url, name) not in cookies:
            chat.sign_in(name, PASSWORD)
            if not anew:
                cookies[product.url, name] = context.cookies()
        else:
            context.add_cookies(cookies[product.url, name])
        return chat

    yield enter
    for context in contexts:
        context.close()
    complaints = [complaint for chat in chats for complaint in chat.complaints]
    assert complaints == []
