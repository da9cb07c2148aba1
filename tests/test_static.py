"""What the templates, styles and scripts rely on in each other."""

import re

import pytest
from django.conf import settings

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"
STYLES = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "admin" not in path.relative_to(TEMPLATES).parts)


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons/sprite.svg").read_text()))
    wanted = {
        name for page in PAGES for name in re.findall(r'(?:{% icon |icon=)"([a-z-]+)"', page.read_text())
    }
    assert wanted
    assert wanted - sprite == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_template_has_no_inline_script_style_or_handler(page):
    markup = page.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", markup)
    assert not re.search(r"<script(?![^>]*nonce=)", markup)
    assert "|safe" not in markup
    assert "autoescape off" not in markup


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_components_take_their_colours_from_the_tokens(style):
    if style.name != "tokens.css":
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl|oklch", style.read_text())


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_styles_are_written_for_both_directions_of_writing(style):
    physical = r"(?<![-\w])(?:(?:margin|padding|border|inset)-)?(?:left|right|top|bottom|width|height):"
    assert re.findall(physical, style.read_text()) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_and_hold_no_markup(script):
    source = script.read_text()
    assert source.count("\n") <= 200
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|[`'\"]\s*</?[a-z]+[ >]", source
    )
    assert not re.search(r"\beval\(|new Function", source)
