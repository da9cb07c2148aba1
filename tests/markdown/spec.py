"""The examples of the CommonMark specification."""

import re
from pathlib import Path

_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.DOTALL | re.MULTILINE)


def examples() -> list[str]:
    """What is written, without what becomes of it: we keep raw HTML and images out of pages."""
    text = Path(__file__).with_name("commonmark.txt").read_text()
    return [source.replace("→", "\t") for source, _ in _EXAMPLE.findall(text)]
