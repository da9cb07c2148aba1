"""Which models are there after a start, and that nothing an administrator did is undone."""

import pytest

from chat.management.commands import sync_models
from chat.management.commands.sync_models import connect_models
from chat.models import Model, Provider
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_set(settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = settings.OPENAI_MODEL = settings.OLLAMA_URL = ""
    settings.ANTHROPIC_API_KEY = ""


@pytest.fixture
def server():
    with ModelServer({"first": quick, "second": quick, "text-embedding": quick}).serving() as server:
        yield server


def usable():
    return [model.name for model in Model.objects.connected()]


def default():
    return Model.objects.get(is_default=True).name


def test_the_demo_is_there_without_a_setting():
    connect_models()
    assert usable() == ["demo"]
    assert default() == "demo"


def test_a_server_that_is_set_brings_its_models(server, settings):
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.url, "sk-secret-0123456789"
    connect_models()
    provider = Provider.objects.get(kind="openai")
    assert (provider.name, provider.key) == (f"127.0.0.1:{server.port}", "sk-secret-0123456789")
    assert usable() == ["first", "demo", "second"]
    assert default() == "first"
    assert not Model.objects.get(name="text-embedding").enabled, "it cannot chat"


def test_openai_s_own_server_has_its_name(settings):
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-none", "some-model"
    settings.OPENAI_BASE_URL = "https://api.openai.com/v1/"
    assert sync_models._configured()[0].name == "OpenAI"


def test_an_address_without_a_path_is_found(server, settings):
    settings.OPENAI_BASE_URL = server.url.removesuffix("/v1")
    connect_models()
    connect_models()
    assert [provider.base_url for provider in Provider.objects.filter(kind="openai")] == [server.url]


def test_the_model_that_is_set_is_the_default(server, settings):
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = server.url, "second"
    connect_models()
    assert default() == "second"


def test_the_model_that_is_set_is_enough_where_there_is_no_list(settings, caplog):
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "http://127.0.0.1:1/v1", "mine"
    connect_models()
    assert usable() == ["mine", "demo"]
    assert "mine is connected alone" in caplog.text


def test_without_list_and_name_the_log_says_what_to_do(settings, caplog):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    connect_models()
    assert default() == "demo"
    assert "set OPENAI_MODEL" in caplog.text


@pytest.mark.parametrize("url", ["not an address", "ftp://host/", "http://user:word@host/v1"])
def test_an_address_that_cannot_be_is_named_by_its_setting(settings, caplog, url):
    settings.OPENAI_BASE_URL = url
    connect_models()
    assert usable() == ["demo"]
    assert "OPENAI_BASE_URL" in caplog.text
    assert "word" not in caplog.text


def test_an_ollama_is_found(server, settings):
    settings.OLLAMA_URL = server.url.removesuffix("/v1")
    connect_models()
    assert default() == "first"
    assert Provider.objects.filter(name="Ollama", base_url=server.url).exists()


def test_an_ollama_that_is_not_there_leaves_no_trace(settings, caplog):
    settings.OLLAMA_URL = "http://127.0.0.1:1"
    connect_models()
    assert not Provider.objects.filter(kind="openai").exists()
    assert caplog.text == ""


def test_what_an_administrator_changed_stays_changed(server, settings):
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODEL = server.url, "from-env", "first"
    connect_models()
    Model.objects.update(is_default=False)
    Model.objects.filter(name="second").update(is_default=True, label="Our second")
    Model.objects.filter(name="first").update(enabled=False)
    provider = Provider.objects.get(kind="openai")
    provider.name, provider.key = "Ours", "by-hand"
    provider.save()

    connect_models()

    provider.refresh_from_db()
    assert (provider.name, provider.key, Provider.objects.count()) == ("Ours", "by-hand", 2)
    assert (default(), usable()) == ("second", ["second", "demo"])


def test_a_provider_that_was_disabled_is_not_even_asked(server, settings):
    settings.OPENAI_BASE_URL = server.url
    connect_models()
    Provider.objects.filter(kind="openai").update(enabled=False)
    server.scripts["third"] = quick
    connect_models()
    assert usable() == ["demo"]
    assert default() == "demo"
    assert not Model.objects.filter(name="third").exists()


def test_new_models_come_with_the_next_start(server, settings):
    settings.OPENAI_BASE_URL = server.url
    connect_models()
    server.scripts["third"] = quick
    connect_models()
    assert "third" in usable()
    assert default() == "first"


def test_a_key_of_anthropic_s_brings_its_models(server, settings, monkeypatch):
    monkeypatch.setattr(sync_models, "ANTHROPIC_URL", server.url.removesuffix("/v1"))
    settings.ANTHROPIC_API_KEY = "sk-ant-secret-0123456789"
    connect_models()
    provider = Provider.objects.get(kind="anthropic")
    assert (provider.name, provider.key) == ("Anthropic", "sk-ant-secret-0123456789")
    assert default() == "first"
