"""Streamed is reloaded: whatever the cuts, the browser ends with the server's HTML, and finished blocks stay."""

import json
import mimetypes
import random
from pathlib import Path

import pytest
from django.conf import settings

from chat.markdown import render
from tests.markdown import spec
from tests.markdown.replies import replies

HERE = Path(__file__).parent
STATIC: Path = settings.BASE_DIR / "static"
POLICY = "require-trusted-types-for 'script'; trusted-types rivulet parity; style-src 'self'"
ORIGIN = "http://parity.test"
REPLIES = replies(200)
OWN = {"parity.js": "parity.js", "js/blocks/blocks.js": "parity_blocks.js"}


@pytest.fixture(scope="module")
def page(chromium):
    context = chromium.new_context(base_url=ORIGIN)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("/")
    page.evaluate("import('/parity.js')")
    yield page
    context.close()


def answer(route):
    path = route.request.url.removeprefix(ORIGIN).lstrip("/")
    if not path:
        headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
        route.fulfill(headers=headers, body="<!doctype html><title>Parity</title>")
        return
    file = HERE / OWN[path] if path in OWN else STATIC / path
    route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])


def differences(page, texts, cuts):
    cases = [{"text": text, "html": str(render(text)), "cuts": cuts(text)} for text in texts]
    found = page.evaluate("(cases) => window.stream(cases)", cases)
    return "\n".join(json.dumps(each, ensure_ascii=False, indent=1) for each in found[:5])


def every_size(text):
    return list(range(1, min(64, len(text)) + 1))


def at_random(text):
    chance = random.Random(text)
    return [
        sorted(chance.sample(range(len(text) + 1), chance.randint(0, min(30, len(text))))) for _ in range(4)
    ]


def test_the_examples_of_commonmark_cut_at_every_size(page):
    examples = spec.examples()
    assert len(examples) == 652
    assert not differences(page, examples, lambda text: every_size(text) + at_random(text))


@pytest.mark.parametrize("part", range(4))
def test_replies_such_as_models_write_cut_at_every_size(page, part):
    assert not differences(page, REPLIES[part::4], lambda text: every_size(text) + at_random(text))
