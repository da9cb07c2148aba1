"""The cast of every test: owner, guest, stranger, and an administrator who is none of them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _in_process(settings, tmp_path):
    """Argon2 takes its time by design, and hashed names of static files need a build."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT = tmp_path


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
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return open_for
