"""Modules are fetched side by side, not one after the other as the browser comes upon them."""

import re

from chat.templatetags.modules import imports_of


def test_what_is_imported_is_found_through_all_its_importers():
    found = imports_of("js/shell/app.js")
    assert {"js/live/live.js", "js/transcript/reconcile.js", "js/markdown/markdown.js"} <= set(found)
    assert any(each.startswith("vendor/markdown-it/") for each in found)
    assert len(found) == len(set(found))
    assert "js/shell/app.js" not in found


def test_the_page_names_every_module_that_it_runs(browser_of, owner):
    page = browser_of(owner).get("/").content.decode()
    named = re.findall(r'<link rel="modulepreload" nonce="[^"]+" href="/static/([\w./-]+)">', page)
    assert tuple(named) == imports_of("js/shell/app.js")
