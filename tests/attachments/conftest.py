"""Models with and without eyes, files that wait to be sent, and a storage of the test's own."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.attachments import take
from chat.models import Attachment, Model, Provider
from tests.attachments import making


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Where files are. The storage of a field is made once, with the settings of its time."""
    storage = Attachment._meta.get_field("file").storage
    monkeypatch.setattr(storage, "_location", tmp_path / "attachments")
    for name in ("base_location", "location"):
        storage.__dict__.pop(name, None)
    yield tmp_path / "attachments"
    for name in ("base_location", "location"):
        storage.__dict__.pop(name, None)


@pytest.fixture
def files(store):
    """The names of all files that are stored."""
    return lambda: sorted(path.name for path in store.rglob("*") if path.is_file())


@pytest.fixture
def blind(db):
    provider = Provider.objects.create(name="Demo", kind="demo")
    return provider.models.create(name="blind", is_default=True)


@pytest.fixture
def seeing(blind) -> Model:
    return blind.provider.models.create(name="seeing", takes_images=True)


@pytest.fixture
def give(db):
    """A file of somebody's that waits to be sent."""

    def give(user, name="notes.txt", data=b"Remember the milk.", key=""):
        key = key or uuid.uuid4().hex
        return Attachment.objects.put(user, key, name, take(BytesIO(data), name))

    return give


@pytest.fixture
def give_picture(give):
    return lambda user, name="cat.png": give(user, name, making.picture())


@pytest.fixture
def upload(browser_of):
    """An upload by the form, as a page sends it."""

    def upload(user, data, name="notes.txt", *, key="", script=True):
        headers = {"HX-Request": "true"} if script else {}
        form = {"file": SimpleUploadedFile(name, data), "key": key}
        return browser_of(user).post("/attachments/", form, headers=headers)

    return upload
