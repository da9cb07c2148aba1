"""Every page on the narrowest phone."""

import pytest

from tests.access.house import CHAT
from tests.access.test_matrix import GET

NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
WIDER = "document.documentElement.scrollWidth > innerWidth || document.querySelector('.page')?.scrollWidth > innerWidth"
PRESSED = "button, summary, select, input:not([type=hidden]), a.button, a.icon-button, a.menu-item"
SMALL = """(pressed) => [...document.querySelectorAll(pressed)]
    .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((each) => !each.closest("[inert]") && !each.matches("[type=checkbox], [type=radio], .visually-hidden"))
    .filter((each) => each.getBoundingClientRect().height < 43.5)
    .map((each) => each.outerHTML.slice(0, 120))"""
NO_PAGES = {
    "events",
    "user_events",
    "words",
    "manifest",
    "service_worker",
    "healthz",
    "readyz",
    "csrf_token",
    "diagram",
}
PAGES = [
    "/" + CHAT[name]
    for name, statuses in GET.items()
    if "<" not in CHAT[name]
    and statuses[-1] == 200
    and name not in NO_PAGES | {"events_poll", "user_events_poll", "export_all"}
]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_no_page_scrolls_sideways_and_fingers_find_every_button(quick, enter, locale):
    alice = enter(quick, "alice", locale=locale, **NARROW)
    alice.page.goto("/")
    alice.page.locator("#text").fill("Explain Fibonacci numbers with code, a formula and a diagram.")
    alice.page.locator("#text").press("Enter")
    alice.page.wait_for_url("**/conversations/*/")
    alice.wait_for("complete", 30)
    alice.wait_for_footer()
    here = alice.page.url
    wide, small = [], []
    for path in (
        here,
        f"{here}settings/",
        f"{here}shares/",
        f"{here}menu/",
        f"{here}delete/",
        f"{here}print/",
        *PAGES,
    ):
        alice.page.goto(path)
        if alice.page.evaluate(WIDER):
            wide.append(path)
        small += [f"{path}: {each}" for each in alice.page.evaluate(SMALL, PRESSED)]
    assert wide == []
    assert small == []
