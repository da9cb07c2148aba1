"""A module's imports are known to us long before the browser has read its way to them."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

register = template.Library()
_IMPORT = re.compile(r"""^(?:import|export)\b[^"']*["'](\.{1,2}/[\w./-]+\.m?js)["']""", re.MULTILINE)


@register.simple_tag
def module_urls(name: str) -> list[str]:
    """The addresses of everything that the static file `name` imports at once, and what that imports: to be preloaded."""
    return [static(each) for each in imports_of(name)]


@cache
def imports_of(name: str) -> tuple[str, ...]:
    """Without `name` itself, the nearest first. What is imported on demand is not among them."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        importer = waiting.pop(0)
        for relative in _IMPORT.findall(_source(importer)):
            each = posixpath.normpath(posixpath.join(posixpath.dirname(importer), relative))
            if each not in found and each != name:
                found[each] = None
                waiting.append(each)
    return tuple(found)


def _source(name: str) -> str:
    path = finders.find(name)
    return Path(path).read_text() if path else ""
