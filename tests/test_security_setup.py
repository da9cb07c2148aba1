"""The one-time link: it makes one administrator, once."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from chat.models import SetupLink
from tests.conftest import PASSWORD


def redeem(token, name="root", password=PASSWORD, client=None):
    data = {"username": name, "password1": password, "password2": password}
    return (client or Client()).post(f"/setup/{token}/", data)


@pytest.mark.django_db
class TestLink:
    def test_it_makes_the_administrator_and_signs_in(self):
        client, token = Client(), SetupLink.issue()
        assert client.get(f"/setup/{token}/").status_code == 200
        answer = redeem(token, client=client)
        assert (answer.status_code, answer.url) == (302, "/")
        assert User.objects.get().is_superuser
        assert client.get("/admin/").status_code == 200

    def test_a_used_link_is_not_there(self):
        token = SetupLink.issue()
        redeem(token)
        assert redeem(token, "second").status_code == 404
        assert Client().get(f"/setup/{token}/").status_code == 404
        assert User.objects.count() == 1

    def test_no_link_is_made_once_there_is_an_administrator(self, administrator):
        assert SetupLink.issue() is None

    def test_a_link_dies_when_an_administrator_is_made_otherwise(self):
        token = SetupLink.issue()
        User.objects.create_superuser("made by command", password=PASSWORD)
        assert redeem(token).status_code == 404
        assert User.objects.count() == 1

    def test_a_new_link_replaces_the_old_one(self):
        first, second = SetupLink.issue(), SetupLink.issue()
        assert redeem(first).status_code == 404
        assert redeem(second).status_code == 302

    @pytest.mark.parametrize("token", ["x", "0" * 64, "%00", "a" * 3000])
    def test_a_guess_is_not_there(self, token):
        SetupLink.issue()
        assert Client().get(f"/setup/{token}/").status_code == 404

    def test_the_command_prints_one_that_works(self, settings):
        out = StringIO()
        settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
        call_command("setup_link", stdout=out)
        link = out.getvalue().strip()
        assert link.startswith("https://chat.example.org/setup/")
        assert redeem(link.split("/")[-2]).status_code == 302
        with pytest.raises(CommandError, match="There is an administrator already"):
            call_command("setup_link")

    def test_the_token_is_not_in_the_database(self):
        token = SetupLink.issue()
        assert token not in str(list(SetupLink.objects.values()))

    @pytest.mark.parametrize("weak", ["short", "password1234", "12345"])
    def test_a_weak_password_leaves_the_link_unused(self, weak):
        token = SetupLink.issue()
        assert redeem(token, password=weak).status_code == 422
        assert not User.objects.exists()
        assert redeem(token).status_code == 302

    def test_a_link_needs_a_csrf_token(self):
        token = SetupLink.issue()
        assert redeem(token, client=Client(enforce_csrf_checks=True)).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_many_who_redeem_at_once_one_becomes_administrator():
    token, start = SetupLink.issue(), Barrier(20)

    def one(number):
        client = Client()
        start.wait(30)
        try:
            return redeem(token, f"root{number}", client=client).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(one, range(20)))
    assert statuses == [302, *[404] * 19]
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_there_is_no_sign_up(client):
    for path in ("/accounts/signup/", "/accounts/register/", "/signup/", "/register/", "/setup/"):
        assert (
            client.post(path, {"username": "me", "password1": PASSWORD, "password2": PASSWORD}).status_code
            == 404
        )
    assert not User.objects.exists()
