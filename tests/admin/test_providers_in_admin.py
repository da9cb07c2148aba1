"""Providers and models in the admin. A key goes in and never comes out."""

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection

from chat.models import Model, Provider
from chat.models.providers import server_url

LIST = "/admin/chat/provider/"
KEY = "sk-canary-1f9d7a-LAST"


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


@pytest.fixture
def provider(db):
    made = Provider(name="Lab", base_url="http://lab:8000/v1")
    made.key = KEY
    made.save()
    return made


def form(provider=None, models=(), **changed):
    data = {"name": "Lab", "kind": "openai", "base_url": "http://lab:8000/v1", "enabled": "on", **changed}
    data |= {"models-TOTAL_FORMS": len(models), "models-INITIAL_FORMS": sum("id" in m for m in models)}
    for number, model in enumerate(models):
        data |= {f"models-{number}-{name}": value for name, value in model.items()}
        data[f"models-{number}-provider"] = provider.pk if provider else ""
    return data


def save(admin, provider, **changed):
    answer = admin.post(f"{LIST}{provider.pk}/change/", form(provider, **changed))
    provider.refresh_from_db()
    return answer


@pytest.mark.django_db
class TestKey:
    def test_it_is_set_in_the_form_and_sealed_in_the_database(self, admin):
        assert admin.post(f"{LIST}add/", form(key=KEY)).status_code == 302
        provider = Provider.objects.get()
        assert provider.key == KEY
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM chat_provider")
            assert "canary" not in str(cursor.fetchall())

    def test_it_never_comes_out(self, admin, provider, caplog):
        caplog.set_level(logging.DEBUG)
        pages = [admin.get(LIST), admin.get(f"{LIST}{provider.pk}/change/"), admin.get("/admin/")]
        pages += [save(admin, provider, key=KEY, base_url="not a url"), save(admin, provider, key=KEY)]
        pages += [admin.get(f"{LIST}{provider.pk}/history/"), admin.get(f"{LIST}{provider.pk}/delete/")]
        for page in pages:
            assert b"canary" not in page.content
        assert "canary" not in caplog.text
        assert "canary" not in str(list(LogEntry.objects.values()))

    def test_its_last_four_characters_tell_which_it_is(self, admin, provider):
        assert "LAST" in admin.get(f"{LIST}{provider.pk}/change/").content.decode()
        assert "…LAST" in admin.get(LIST).content.decode()

    def test_of_a_short_key_nothing_is_told(self, admin, provider):
        save(admin, provider, key="tiny-LAST")
        assert "LAST" not in admin.get(LIST).content.decode()

    def test_an_empty_field_keeps_it(self, admin, provider):
        save(admin, provider, name="Laboratory")
        assert (provider.name, provider.key) == ("Laboratory", KEY)

    def test_it_can_be_replaced_and_forgotten(self, admin, provider):
        save(admin, provider, key="another-key-of-ours")
        assert provider.key == "another-key-of-ours"
        save(admin, provider, forget_key="on")
        assert (provider.key, provider.key_sealed, provider.key_hint) == ("", "", "")

    def test_it_is_not_both_set_and_forgotten(self, admin, provider):
        assert save(admin, provider, key="another-key-of-ours", forget_key="on").status_code == 200
        assert provider.key == KEY

    def test_a_change_of_it_is_on_record_without_it(self, admin, provider):
        save(admin, provider, key="another-key-of-ours")
        entry = LogEntry.objects.get()
        assert "key" in entry.get_change_message()
        assert "another" not in entry.change_message

    def test_it_survives_a_new_secret_with_the_old_one_as_fallback(self, provider, settings):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a new one"
        assert Provider.objects.get().key == KEY

    def test_one_that_cannot_be_read_says_so(self, admin, provider, settings):
        page = f"{LIST}{provider.pk}/change/"
        Provider.objects.update(key_sealed="gAAAAABsomething")
        assert "cannot be read" in admin.get(page).content.decode()


@pytest.mark.django_db
class TestModels:
    def test_a_new_default_takes_the_place_of_the_old_one(self, admin, provider):
        old = provider.models.create(name="old", is_default=True)
        new = provider.models.create(name="new")
        data = {"provider": provider.pk, "name": "new", "enabled": "on", "is_default": "on"}
        assert admin.post(f"/admin/chat/model/{new.pk}/change/", data).status_code == 302
        assert list(Model.objects.filter(is_default=True)) == [new]
        assert not Model.objects.get(pk=old.pk).is_default

    def test_so_it_does_in_the_list_of_its_provider(self, admin, provider):
        old = provider.models.create(name="old", is_default=True)
        rows = [
            {"id": old.pk, "name": "old", "enabled": "on", "is_default": "on"},
            {"name": "new", "label": "The new one", "enabled": "on", "is_default": "on"},
        ]
        assert save(admin, provider, models=rows).status_code == 302
        assert [str(model) for model in Model.objects.filter(is_default=True)] == ["The new one"]

    def test_a_default_has_to_be_enabled(self, admin, provider):
        model = provider.models.create(name="m")
        data = {"provider": provider.pk, "name": "m", "is_default": "on"}
        assert admin.post(f"/admin/chat/model/{model.pk}/change/", data).status_code == 200
        assert not Model.objects.filter(is_default=True).exists()

    def test_a_name_is_there_once(self, admin, provider):
        provider.models.create(name="m")
        data = {"provider": provider.pk, "name": "m", "enabled": "on"}
        assert admin.post("/admin/chat/model/add/", data).status_code == 200
        assert Model.objects.count() == 1


class Shelf(BaseHTTPRequestHandler):
    """A model server that offers two models, to whoever has the key."""

    def do_GET(self):
        allowed = self.headers["Authorization"] == f"Bearer {KEY}"
        body = (
            {"object": "list", "data": [{"id": "big"}, {"id": "small"}]}
            if allowed
            else {"error": {"message": KEY}}
        )
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def shelf(provider):
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        provider.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        provider.save()
        yield provider
        server.shutdown()


def synchronise(admin, provider):
    data = {"action": "synchronise_models", "_selected_action": provider.pk}
    return admin.post(LIST, data, follow=True).content.decode()


@pytest.mark.django_db
class TestSynchronise:
    def test_what_the_server_offers_is_added_to_be_enabled(self, admin, shelf):
        shelf.models.create(name="small", label="Ours")
        shelf.models.create(name="older")
        text = synchronise(admin, shelf)
        assert "1 added, to be enabled (big)." in text
        assert "1 no longer offered (older)." in text
        assert {(m.name, m.label, m.enabled) for m in Model.objects.all()} == {
            ("big", "", False),
            ("small", "Ours", True),
            ("older", "", True),
        }

    def test_what_goes_wrong_is_told_without_the_key(self, admin, shelf):
        shelf.key = "wrong"
        shelf.save()
        text = synchronise(admin, shelf)
        assert 'class="error"' in text
        assert "canary" not in text
        shelf.base_url = "http://127.0.0.1:9/v1"
        shelf.save()
        assert 'class="error"' in synchronise(admin, shelf)


@pytest.mark.parametrize(
    "good",
    [
        "https://api.openai.com/v1",
        "http://ollama:11434/v1",
        "http://127.0.0.1:1/v1",
        "http://[::1]:8080",
        "http://h",
    ],
)
def test_a_server_may_have_any_name(good):
    server_url(good)


@pytest.mark.parametrize(
    "bad",
    [
        *(
            "ftp://x/v1",
            "api.openai.com/v1",
            "http://",
            "javascript:alert(1)",
            "http://user:pw@x/v1",
            "file:///etc",
        ),
        *(
            "http://x/v1?key=1",
            "http://x/v1#a",
            "http://x y/",
            "http://x:99999/",
            "http://x\\y/",
            "http://[x",
            "http:/x",
        ),
    ],
)
def test_an_address_is_http_and_holds_no_secret(bad):
    with pytest.raises(ValidationError):
        server_url(bad)
