"""Who may import whom: the table of the design, held by reading the code, down to the line that breaks it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {
    "lending",
    "beat",
    "addresses",
    "waiting_room",
    "rates",
    "imports",
    "parts",
    "uploads",
    "events",
    "journal",
    "providers",
    "tools",
    "markdown",
    "rendering",
    "static",
    "search",
    "telemetry",
}
DOORS = {"views", "consumers", "forms", "admin", "management", "urls", "routing", "context", "templatetags"}
# What each room may import of the others, beside itself. A leaf imports none.
ALLOWED: dict[str, set[str]] = {
    **{leaf: set() for leaf in LEAVES},
    "tools": {"egress", "models", "providers"},  # the value types of providers; what the owner may see
    "egress": set(),
    "attachments": {"budget", "providers"},  # the value types of a prompt; rows are handed to it
    "models": {"attachments", "budget", "events", "imports", "markdown", "parts", "search"},
    "budget": {"providers"},  # what a prompt is made of
    "migrations": {"models"},
    "exports": {"models", "markdown", "parts"},
    "access": {"models"},
    "live": {"models", "journal", "events"},
    "snapshots": {"lending", "live", "models", "journal", "parts"},
    "viewers": {"addresses", "live", "access", "beat", "models", "journal", "events", "rates"},
    "turns": {
        *(
            "attachments",
            "budget",
            "live",
            "snapshots",
            "models",
            "providers",
            "tools",
            "events",
            "markdown",
            "parts",
        ),
        "beat",
        "telemetry",
    },
    "oneshot": {"models", "providers", "turns", "budget"},
    "programs": {"telemetry"},
    "timeline": {"models"},
    "throttle": {"addresses"},
    "limits": {"addresses", "rates", "throttle", "views"},
    "checks": {"models"},
    "accounts": set(),
    "middleware": {"lending", "views", "models", "telemetry"},
    "probes": {"access"},
    "doctor": {"admin", "models", "probes", "journal", "providers", "uploads"},
    "gauges": {"turns", "access", "viewers", "journal", "models", "telemetry"},
    "runtime": {
        *("turns", "live", "access", "viewers", "journal", "lending", "models", "gauges", "telemetry"),
    },
    "server": {"addresses", "runtime", "uploads", "viewers"},
    "worker": {"runtime", "telemetry", "turns"},
    "apps": {"checks", "admin"},
    **{
        door: {
            "lending",
            "attachments",
            "budget",
            "imports",
            "exports",
            "oneshot",
            "timeline",
            "uploads",
            "models",
            "turns",
            "live",
            "snapshots",
            "access",
            "viewers",
            "events",
            "throttle",
            "telemetry",
            "probes",
            "doctor",
            "rates",
            *DOORS,
        }
        for door in DOORS
    },
}
# One name of a room further down, and why.
EXCEPTIONS = {
    "chat/views/health.py": {"chat.journal.journal"},  # asks whether it answers
    "chat/consumers.py": {"chat.journal.Gap"},  # an acknowledgement that is no cursor
    "chat/admin/synchronise.py": {  # asks a server for its models
        "chat.providers.make_provider",
        "chat.providers.base.ProviderError",
        "chat.providers.listing.Catalogue",
        "chat.providers.listing.Offer",
    },
    "chat/admin/providers.py": {  # what a server answered, and which adapters there are
        "chat.providers.base.ProviderError",
        "chat.providers.kinds",
    },
    "chat/admin/trial.py": {  # asks a model for one reply
        "chat.providers.make_provider",
        *(f"chat.providers.base.{n}" for n in ("Finish", "Prompt", "ProviderError", "Reasoning")),
        *(f"chat.providers.base.{n}" for n in ("Said", "Text", "Usage")),
    },
    "chat/admin/listing.py": {  # asks a server for its tools
        "chat.tools.mcp",
        *(f"chat.tools.mcp.{n}" for n in ("Listing", "ServerTrouble", "legal_name", "list_tools")),
        "chat.tools.base.Server",
        "chat.tools.synchronise.synchronise",
    },
    "chat/admin/servers.py": {"chat.tools.mcp.ServerTrouble"},  # what a server answered
    "chat/admin/tools.py": {"chat.tools.mcp.ServerTrouble"},
    "chat/management/commands/sync_models.py": {  # asks each server for its models
        "chat.providers.listing.Offer",
        "chat.providers.base.ProviderError",
    },
    "chat/management/commands/complete.py": {  # asks without a turn
        "chat.providers.close_providers",
        "chat.providers.base.ProviderError",
    },
    "chat/management/commands/worker.py": {"chat.worker.Worker"},  # is what it runs
    "chat/management/commands/serve.py": {
        "chat.server.companion.Companion",  # and what it runs beside
        "chat.server.daphne.ChatServer",  # is what it runs
        "chat.tools.synchronise.synchronise",  # gives each tool its row
    },
}


def modules() -> list[Path]:
    return sorted((ROOT / "chat").rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "chat").with_suffix("").parts
    return parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each name that a module imports, in full, with its line; for the type checker alone, too."""
    package = list(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in _absolute(node, package))


def _absolute(node: ast.ImportFrom, package: list[str]) -> Iterator[str]:
    """`from .. import a` is chat.a, and so is the beginning of `from ..a import b`."""
    base = (
        [*package[: -node.level], *(node.module or "").split(".")]
        if node.level
        else (node.module or "").split(".")
    )
    stem = ".".join(part for part in base if part)
    yield from (f"{stem}.{alias.name}" for alias in node.names)


def room_imported(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "chat" and len(parts) > 1 else None


def rel(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_room_imports_only_what_is_below_it():
    wrong = []
    for path in modules():
        room = room_of(path)
        if room == "__init__":
            continue
        assert room in ALLOWED, f"{rel(path)}: say in this test what {room!r} may import"
        for line, name in imports(path):
            other = room_imported(name)
            if (
                other
                and other != room
                and other not in ALLOWED[room]
                and name not in EXCEPTIONS.get(rel(path), ())
            ):
                wrong.append(f"{rel(path)}:{line}: {room} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_nothing_in_the_product_imports_its_tests():
    assert not [
        f"{rel(p)}:{line}" for p in modules() for line, name in imports(p) if name.startswith("tests")
    ]


@pytest.mark.parametrize("family", ["journal", "providers", "tools", "search"])
def test_the_base_of_a_family_is_standard_library_only(family):
    path = ROOT / "chat" / family / "base.py"
    if not path.exists():
        return
    own = {f"chat.{family}", "chat.events", "chat.providers.base"}
    wrong = [
        f"{rel(path)}:{line}: {name}"
        for line, name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(tuple(own))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", ["chat/turns/engine.py", "chat/events.py", "chat/providers", "chat/journal/base.py"]
)
def test_what_makes_events_knows_no_django(name):
    place = ROOT / name
    files = sorted(place.glob("*.py")) if place.is_dir() else [place]
    wrong = [
        f"{rel(path)}:{line}: {imported}"
        for path in files
        if path.exists() and path.name != "__init__.py"
        for line, imported in imports(path)
        if imported.split(".")[0] == "django"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_engine_knows_no_journal():
    path = ROOT / "chat/turns/engine.py"
    wrong = [
        f"{line}: {name}"
        for line, name in imports(path)
        if room_imported(name) in {"journal", "live", "models"}
    ]
    assert not wrong, wrong


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"subprocess", "pickle", "marshal", "shelve", "dill", "pty", "commands"}
MARKED_SAFE = re.compile(r"\bmark_safe\b|\|\s*safe\b|\bautoescape\s+off\b|\bSafeString\(")


def test_no_code_is_made_or_run_from_data():
    wrong = []
    for path in modules():
        wrong += [f"{rel(path)}:{n}: {m}" for n, m in imports(path) if m.split(".")[0] in FORBIDDEN_MODULES]
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in FORBIDDEN_CALLS
            ):
                wrong.append(f"{rel(path)}:{node.lineno}: {node.func.id}()")
            if isinstance(node, ast.Attribute) and node.attr in {"system", "popen"} and _is_os(node.value):
                wrong.append(f"{rel(path)}:{node.lineno}: os.{node.attr}")
    assert not wrong, "\n".join(wrong)


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def test_text_is_declared_safe_in_one_place_only():
    wrong = []
    files = [p for p in modules() if rel(p) != "chat/markdown/__init__.py"] + sorted(
        (ROOT / "templates").rglob("*.html")
    )
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if MARKED_SAFE.search(line):
                wrong.append(f"{rel(path)}:{number}: {line.strip()}")
    assert not wrong, "\n".join(wrong)


def test_no_lookup_is_made_of_names_that_came_in():
    """`filter(**request.GET)` would let a client choose the columns."""
    found = re.compile(r"\*\*\s*\w*\.?(GET|POST|data|body)\b")
    wrong = [
        f"{rel(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if found.search(line)
    ]
    assert not wrong, "\n".join(wrong)
