"""Settings: sound for the public, loud where they cannot work, and all of them described."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from chat import checks

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "chatsite/settings.py"
DOCUMENT = ROOT / "docs/settings.md"
PUBLIC = {"CSRF_TRUSTED_ORIGINS": "https://chat.example.org", "ALLOWED_HOSTS": "chat.example.org"}


def manage(tmp_path, *arguments, **environment):
    ours = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **environment}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)


def test_a_public_site_passes_djangos_deployment_check(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PUBLIC)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize(
    ("environment", "id"),
    [
        ({**PUBLIC, "DEBUG": "1"}, "rivulet.E009"),
        ({**PUBLIC, "CSRF_TRUSTED_ORIGINS": "https://chat.example.org/"}, "rivulet.E007"),
        ({**PUBLIC, "CSRF_TRUSTED_ORIGINS": "https://chat.example.org,https://user@x"}, "rivulet.E007"),
        ({**PUBLIC, "ALLOWED_HOSTS": "other.example.org"}, "rivulet.W008"),
        ({"TURN_LEASE_SECONDS": "0.5"}, "rivulet.E002"),
        ({"TURN_IDLE_SECONDS": "0"}, "rivulet.E001"),
        ({"BODY_MAX_BYTES": "1000"}, "rivulet.E003"),
        ({"VIEWER_CHECK_SECONDS": "30"}, "rivulet.E004"),
        ({"TURN_TOTAL_SECONDS": "10"}, "rivulet.W005"),
        ({"JOURNAL_KEEP_SECONDS": "1"}, "rivulet.W006"),
        ({"DATABASE_CONNECTIONS": "12", "DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "rivulet.W012"),
        ({"CSRF_TRUSTED_ORIGINS": "chat.example.org"}, "4_0.E001"),
    ],
)
def test_what_cannot_work_is_said_at_start(tmp_path, environment, id):
    assert id in manage(tmp_path, "check", "--fail-level", "WARNING", **environment).stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TURN_RETRIES": "many"}, "TURN_RETRIES must be a number, not 'many'."),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE=/nowhere/key cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, environment, says):
    assert says in manage(tmp_path, "check", **environment).stderr


@pytest.mark.django_db
def test_a_key_that_cannot_be_read_is_told_of(settings):
    from chat.models import Provider

    provider = Provider(name="Lab")
    provider.key = "sk-something"
    provider.save()
    assert run_checks(databases=["default"]) == []
    settings.SECRET_KEY = "another"
    (message,) = run_checks(databases=["default"])
    assert (message.id, "Lab" in message.msg) == ("rivulet.W010", True)


def variables():
    """Every name that settings.py asks the environment for."""
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("env"):
            yield from (name.value for name in node.args[:1] if isinstance(name, ast.Constant))


def test_every_variable_is_described_and_every_description_is_true():
    described = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(), re.M))
    assert set(variables()) == described


def test_every_check_is_described():
    used = set()
    for node in ast.walk(ast.parse(Path(checks.__file__).read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_error", "_warning"):
            used.add(f"rivulet.{'E' if node.func.id == '_error' else 'W'}{node.args[1].value:03}")
    described = set(re.findall(r"^\| (rivulet\.\w\d+) \|", DOCUMENT.read_text(), re.M))
    assert used == described


def test_a_secret_is_made_once_and_is_the_owners_alone(tmp_path):
    manage(tmp_path, "check")
    made = (tmp_path / "secret_key").read_text()
    manage(tmp_path, "check")
    assert (tmp_path / "secret_key").read_text() == made
    assert len(made) > 60
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
