"""The colours of the design tokens against WCAG 2's contrast, in both themes."""

import math
import re
from itertools import product

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()
COLOUR = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
PAIRS = {
    name: {"light": tuple(map(float, found[:3])), "dark": tuple(map(float, found[3:]))}
    for name, *found in re.findall(rf"--([a-z-]+): light-dark\({COLOUR}, {COLOUR}\);", TOKENS)
}
THEMES = ("light", "dark")
GROUNDS = ("paper", "paper-raised", "tint", "tint-strong")
EVERYWHERE = list(product(GROUNDS, THEMES))


def _luminance(lightness: float, chroma: float, hue: float) -> float:
    """WCAG's relative luminance of an OKLCH colour; what sRGB cannot show is clipped, as screens do."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    light = lightness / 100
    long, medium, short = (
        (light + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (light - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (light - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0.0), 1.0) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str, theme: str) -> float:
    low, high = sorted(_luminance(*PAIRS[name][theme]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_white_on_black_is_21_to_1():
    assert (_luminance(100, 0, 0) + 0.05) / (_luminance(0, 0, 0) + 0.05) == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize(("ground", "theme"), EVERYWHERE)
def test_text_stands_out_from_every_ground(ground, theme):
    assert _contrast("ink", ground, theme) >= 7


@pytest.mark.parametrize(("ground", "theme"), EVERYWHERE)
def test_secondary_text_can_be_read_on_every_ground(ground, theme):
    assert _contrast("ink-soft", ground, theme) >= 4.5


@pytest.mark.parametrize(
    ("name", "ground", "theme"), list(product(("line", "focus"), ("paper", "paper-raised"), THEMES))
)
def test_lines_and_rings_can_be_seen(name, ground, theme):
    assert _contrast(name, ground, theme) >= 3


@pytest.mark.parametrize(
    ("name", "ground", "theme"), list(product(("accent", "danger", "ok"), GROUNDS[:3], THEMES))
)
def test_coloured_text_can_be_read(name, ground, theme):
    assert _contrast(name, ground, theme) >= 4.5


CODE = [f"code-{kind}" for kind in ("keyword", "text", "value", "title", "type")]


@pytest.mark.parametrize(("name", "theme"), list(product([*CODE, "ink-soft", "ok", "danger"], THEMES)))
def test_colours_of_code_can_be_read_where_code_stands(name, theme):
    assert _contrast(name, "tint", theme) >= 4.5


@pytest.mark.parametrize(("name", "theme"), list(product(("accent", "danger"), THEMES)))
def test_text_on_a_coloured_button_can_be_read(name, theme):
    assert _contrast(f"{name}-ink", name, theme) >= 4.5
