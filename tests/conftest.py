"""The cast of every test: owner, guest, stranger, and an administrator who is none of them."""

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from chat.journal import journal
from tests import environment
from tests.product import PASSWORD, Product, Template


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough", action="store_true", help="all the rounds that docs/reliability.md speaks of"
    )


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How often something random is tried: `rounds(a_few, many)`, many where a run is thorough."""
    return lambda few, many: many if request.config.getoption("--thorough") else few


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: next(at for at, part in enumerate(SLOW_FIRST) if part in item.nodeid))


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """A database that goes with its server need not be taken from threads that still hold a connection."""
    return django_db_keepdb or environment.postgres is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """A run that was cut short leaves its write-ahead log behind, which belongs to no new database."""
    name = django_settings.DATABASES["default"].get("TEST", {}).get("NAME") or ""
    for left in Path(name).parent.glob(f"{Path(name).name}-*") if name else ():
        left.unlink()


SLOW_FIRST = (
    "test_reloading",
    "test_benchmarks",
    "test_transports",
    "tests/browser",
    "tests/faults",
    "tests/inout",
    "",
)


# A run that decides over a change draws the same examples each time; a run at a desk draws new ones.
hypothesis.settings.register_profile("same", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def _in_process(settings, tmp_path):
    """Argon2 takes its time by design, and hashed names of static files need a build."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def _journal_in_memory(settings):
    """The journal's own connection would wait for the test's transaction to end."""
    settings.JOURNAL = {"BACKEND": "chat.journal.memory.MemoryJournal"}
    journal.cache_clear()
    yield
    journal.cache_clear()


@pytest.fixture
def owner(db):
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def guest(db):
    return User.objects.create_user("bob", password=PASSWORD)


@pytest.fixture
def stranger(db):
    return User.objects.create_user("charlie", password=PASSWORD)


@pytest.fixture
def administrator(db):
    return User.objects.create_superuser("root", password=PASSWORD)


@pytest.fixture
def browser_of():
    """A client that is signed in as somebody, or as nobody."""

    def open_for(user, **extra):
        client = Client(**extra)
        if user is not None:
            client.force_login(user, backend="chat.accounts.Accounts")
        return client

    return open_for


@pytest.fixture(scope="session")
def template(tmp_path_factory, worker_id) -> Template:
    own = tmp_path_factory.getbasetemp()
    return Template((own if worker_id == "master" else own.parent) / "template", environment.postgres)


@pytest.fixture
def start_product(template, tmp_path):
    """A running product with the given environment. All of them end with the test."""
    started: list[Product] = []

    def start(**environment: str) -> Product:
        product = Product(template, tmp_path / f"product-{len(started)}", **environment)
        started.append(product)
        product.start()
        return product

    yield start
    for product in started:
        product.close()


@pytest.fixture
def product(start_product) -> Product:
    return start_product()
