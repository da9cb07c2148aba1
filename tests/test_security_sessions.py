"""Sessions and passwords: what begins one, and what ends it."""

import pytest
from django.test import Client

from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


@pytest.mark.django_db
class TestSessions:
    def test_signing_in_makes_a_new_session_key(self, owner):
        client = Client()
        client.get("/accounts/token/")
        session = client.session
        session["before"] = 1
        session.save()
        client.cookies["rivulet_sessionid"] = before = session.session_key
        client.post(LOGIN, {"username": "alice", "password": PASSWORD})
        assert client.cookies["rivulet_sessionid"].value != before

    def test_signing_out_ends_the_session_on_the_server(self, owner, browser_of):
        client = browser_of(owner)
        kept = client.cookies["rivulet_sessionid"].value
        client.post("/accounts/logout/")
        again = Client()
        again.cookies["rivulet_sessionid"] = kept
        assert again.get("/accounts/password/").status_code == 302

    def test_nobody_is_signed_out_by_a_link(self, owner, browser_of):
        client = browser_of(owner)
        assert client.get("/accounts/logout/").status_code == 405
        assert client.get("/accounts/password/").status_code == 200

    def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(self, owner, browser_of):
        here, there = browser_of(owner), browser_of(owner)
        before = here.cookies["rivulet_sessionid"].value
        new = "an even longer password"
        data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert here.post("/accounts/password/", data).status_code == 302
        assert here.cookies["rivulet_sessionid"].value != before
        assert here.get("/accounts/password/").status_code == 200
        assert there.get("/accounts/password/").status_code == 302

    @pytest.mark.parametrize("weak", ["short1!", "password1234"])
    def test_a_weak_password_is_refused(self, owner, browser_of, weak):
        data = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
        browser_of(owner).post("/accounts/password/", data)
        owner.refresh_from_db()
        assert owner.check_password(PASSWORD)
