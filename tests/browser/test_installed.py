"""The chat as an app: what a browser needs to install it, and what it shows without a network."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def alice(quick, enter):
    alice = enter(quick, "alice", service_workers="allow")
    alice.page.goto("/")
    alice.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    alice.page.reload()
    alice.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return alice


def test_a_browser_finds_nothing_missing_to_install_it(alice):
    devtools = alice.page.context.new_cdp_session(alice.page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert '"display": "standalone"' in manifest["data"]
    missing = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in missing if each["errorId"] != "in-incognito"] == []


def test_without_a_network_one_sentence_says_so_and_the_page_comes_back(alice):
    alice.expects("net::ERR_INTERNET_DISCONNECTED", "Failed to load resource")
    context, page = alice.page.context, alice.page
    context.set_offline(True)
    page.goto("/settings/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") == "12px"
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.wait_for_url("**/settings/")


def test_nothing_of_anybody_is_kept_and_replies_stream_past_it(quick, alice):
    alice.begin("Hello")
    alice.wait_for("complete")
    kept = alice.page.evaluate("""async () => {
        const found = [];
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) found.push([request.url, await (await cache.match(request)).text()]);
        }
        return found;
    }""")
    assert {re.sub(r"\.\w{12}\.", ".", url.removeprefix(quick.url)) for url, _ in kept} == {
        "/offline/",
        "/static/css/tokens.css",
        "/static/css/base.css",
        "/static/css/button.css",
        "/static/css/form.css",
        "/static/js/shell/early.js",
        "/static/js/pages/offline.js",
        "/static/icons/rivulet.svg",
    }
    assert not [url for url, text in kept if "alice" in text or 'data-user="1' in text]
