"""Providers and models in the admin. A key goes in and never comes out."""

import json
import logging
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
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
    """A model server that offers two models, to whoever has the key; of one it tells more than the name."""

    rows = (
        {
            "id": "big",
            "context_length": 131072,
            "pricing": {"prompt": "0.0000005", "completion": "0.0000015"},
        },
        {"id": "small"},
    )

    def do_GET(self):
        allowed = self.headers["Authorization"] == f"Bearer {KEY}"
        body = {"object": "list", "data": self.rows} if allowed else {"error": {"message": KEY}}
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
    def test_of_the_first_list_what_chats_is_enabled(self, admin, shelf):
        assert "2 (big, small) added and enabled." in synchronise(admin, shelf)
        assert list(Model.objects.values_list("name", "enabled")) == [("big", True), ("small", True)]

    def test_what_comes_later_waits_to_be_enabled(self, admin, shelf):
        shelf.models.create(name="small", label="Ours")
        assert "1 (big) added, to be enabled." in synchronise(admin, shelf)
        found = {(m.name, m.label, m.enabled) for m in Model.objects.all()}
        assert found == {("big", "", False), ("small", "Ours", True)}

    def test_of_a_gateway_s_hundreds_twenty_are_enabled_and_the_page_of_the_provider_still_saves(
        self, admin, shelf, monkeypatch
    ):
        monkeypatch.setattr(Shelf, "rows", [{"id": f"m-{n:03}"} for n in range(400)] + [{"id": "embed-1"}])
        synchronise(admin, shelf)
        assert (Model.objects.count(), Model.objects.filter(enabled=True).count()) == (401, 20)
        page = admin.get(f"{LIST}{shelf.pk}/change/").content.decode()
        assert "models-0-name" not in page
        assert save(admin, shelf, name="Shelf").status_code == 302

    def test_what_the_list_says_of_a_model_is_taken_over_where_nothing_is_set(self, admin, shelf):
        shelf.models.create(name="big", context_window=8000)
        synchronise(admin, shelf)
        big = Model.objects.get(name="big")
        assert (big.context_window, big.input_price, big.output_price) == (
            8000,
            Decimal("0.5"),
            Decimal("1.5"),
        )

    def test_prices_are_not_taken_for_those_of_another_currency(self, admin, shelf, settings):
        settings.CURRENCY = "EUR"
        synchronise(admin, shelf)
        assert Model.objects.get(name="big").input_price is None

    def test_what_is_no_longer_offered_is_kept_and_cannot_be_chosen_until_it_is_back(
        self, admin, owner, shelf, monkeypatch
    ):
        synchronise(admin, shelf)
        monkeypatch.setattr(Shelf, "rows", [{"id": "big"}])
        assert "1 (small) no longer offered." in synchronise(admin, shelf)
        assert [m.name for m in Model.objects.usable(owner)] == ["big"]
        monkeypatch.undo()
        assert "1 (small) back." in synchronise(admin, shelf)
        assert [m.name for m in Model.objects.usable(owner)] == ["big", "small"]

    def test_a_name_entered_by_hand_is_never_gone_and_an_empty_list_says_nothing(
        self, admin, shelf, monkeypatch
    ):
        shelf.models.create(name="deployment")
        synchronise(admin, shelf)
        monkeypatch.setattr(Shelf, "rows", [])
        assert "nothing new." in synchronise(admin, shelf)
        assert not Model.objects.filter(gone=True).exists()

    def test_the_page_of_a_provider_has_a_button_for_it(self, admin, owner, browser_of, shelf):
        address = f"{LIST}{shelf.pk}/synchronise/"
        assert address in admin.get(f"{LIST}{shelf.pk}/change/").content.decode()
        assert admin.get(address).status_code == 405
        assert browser_of(owner).post(address).status_code == 302
        assert browser_of(User.objects.create_user("clerk", is_staff=True)).post(address).status_code == 403
        assert "added and enabled" in admin.post(address, follow=True).content.decode()
        assert "2 added, 0 gone" in LogEntry.objects.get().get_change_message()

    def test_a_command_does_it_for_cron_and_fails_where_a_server_does(self, shelf, capsys, settings):
        settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = settings.OLLAMA_URL = ""
        call_command("sync_models")
        assert "Lab: 2 (big, small) added and enabled" in capsys.readouterr().out
        Provider.objects.create(name="Down", base_url="http://127.0.0.1:9/v1")
        with pytest.raises(CommandError, match="Not synchronised: Down"):
            call_command("sync_models")
        assert "Lab: nothing new" in capsys.readouterr().out

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
