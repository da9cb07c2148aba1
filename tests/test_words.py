"""Whatever people read can be read in every language of the settings."""

import gettext
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
DOMAINS = {"django": "html,py", "djangojs": "js"}
# As `make messages` gathers them.
GATHER = ("--verbosity=0", "--no-location", "--no-obsolete", "--no-wrap", "--ignore=static/vendor/*")
SAID_AS_IT_IS = {"Rivulet", "ChatGPT", "Open", "WebUI", "OPENAI_BASE_URL", "OPENAI_API_KEY", "Ctrl", "Shift"}
# `title`, `label` and the like are what a page says beside its text.
SPOKEN = re.compile(r'\b(?:aria-label|title|placeholder|alt|label|help)="([^"]*)"')
QUIET = re.compile(
    r"{% comment.*?{% endcomment %}|{% block body_class %}.*?{% endblock %}|{#.*?#}"
    r"|{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory) -> Path:
    """The catalogues as they are once everything in the tree was gathered again."""
    place = tmp_path_factory.mktemp("words")
    for name in ("chat", "chatsite", "templates", "static/js", "manage.py"):
        source, target = ROOT / name, place / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for domain, endings in DOMAINS.items():
        languages = [f"--locale={code}" for code in LANGUAGES]
        subprocess.run(
            [sys.executable, "manage.py", "makemessages", *GATHER, *languages, "-d", domain, "-e", endings],
            cwd=place,
            check=True,
        )
    return place / "chat/locale"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_of_the_product_is_translated(gathered, language, domain):
    catalogue = gathered / language / "LC_MESSAGES" / f"{domain}.po"
    for what in ("--untranslated", "--only-fuzzy"):
        left = subprocess.run(
            ["msgattrib", what, "--no-wrap", catalogue], capture_output=True, text=True, check=True
        )
        assert re.findall(r'^msgid "(.+)"$', left.stdout, re.MULTILINE) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_compiled_is_what_is_written(tmp_path, language, domain):
    place = ROOT / "chat/locale" / language / "LC_MESSAGES"
    fresh = tmp_path / "fresh.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", fresh, place / f"{domain}.po"], check=True)
    assert _entries(fresh) == _entries(place / f"{domain}.mo"), "run `make messages`"


def _entries(path: Path) -> dict[object, str]:
    with path.open("rb") as file:
        return {**vars(gettext.GNUTranslations(file))["_catalog"], "": ""}


def test_no_template_says_anything_in_one_language_alone():
    templates = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
    assert [line for path in templates for line in _unmarked(path)] == []


def _unmarked(path: Path) -> Iterator[str]:
    source = QUIET.sub("\N{OBJECT REPLACEMENT CHARACTER}", path.read_text())
    texts = [*re.split(r"<[^>]*>", source), *SPOKEN.findall(source)]
    for text in texts:
        words = set(re.findall(r"[A-Za-z_]{3,}", re.sub(r"&\w+;", "", text))) - SAID_AS_IT_IS
        if words:
            yield f"{path.name}: {' '.join(text.split())}"


def test_no_module_puts_text_on_the_page_that_was_not_looked_up():
    said = re.compile(
        r'(?:textContent|placeholder|title|ariaLabel) = "[^"]*[A-Za-z]{3}|"aria-label": "[A-Z]|notify\("'
    )
    wrong = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "static/js").rglob("*.js")
        for line in path.read_text().splitlines()
        if said.search(line)
    ]
    assert wrong == []
