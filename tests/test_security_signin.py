"""Signing in: who gets in, how often somebody may try, and what the answers say."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.throttle import KNOWN_FOR, PER_ACCOUNT, PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, WINDOW, address_of
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"
HOME = "192.0.2.7"


class CountingHasher(MD5PasswordHasher):
    """A password that was looked at, whether or not there is such an account."""

    looked = 0

    def encode(self, password, salt):
        type(self).looked += 1
        return super().encode(password, salt)


@pytest.fixture
def looked(settings, owner):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    owner.set_password(PASSWORD)
    owner.save()
    CountingHasher.looked = 0
    return lambda: CountingHasher.looked


def attempt(password="wrong", user="alice", address=HOME, **headers):
    client = Client(REMOTE_ADDR=address)
    response = client.post(LOGIN, {"username": user, "password": password}, headers=headers)
    response.signed_in = "_auth_user_id" in client.session
    return response


def without_nonce(response):
    return re.sub(rb'nonce="[^"]+"', b"", response.content)


def age_attempts(by):
    AccessAttempt.objects.update(attempt_time=timezone.now() - by)


@pytest.mark.django_db
class TestGuessing:
    def test_of_many_guesses_from_one_address_a_handful_is_tried(self, looked):
        statuses = [attempt(f"guess {n}").status_code for n in range(200)]
        assert looked() == PER_ACCOUNT_AND_ADDRESS
        assert set(statuses[PER_ACCOUNT_AND_ADDRESS:]) == {429}

    def test_the_right_password_is_refused_too_while_locked(self, looked):
        for _ in range(PER_ACCOUNT_AND_ADDRESS):
            attempt()
        assert not attempt(PASSWORD).signed_in

    def test_of_guesses_from_many_addresses_at_most_fifty_are_tried(self, looked):
        for host in range(1, 250):
            attempt(address=f"198.51.100.{host}")
        assert looked() <= PER_ACCOUNT == 50

    def test_guesses_at_many_accounts_from_one_address_end(self, looked):
        for number in range(100):
            attempt(user=f"user{number}")
        assert looked() == PER_ADDRESS

    def test_another_address_is_not_locked_out(self, looked):
        for _ in range(100):
            attempt()
        assert attempt(PASSWORD, address="203.0.113.5").signed_in

    def test_the_owner_gets_in_from_a_known_address_while_the_world_guesses(self, looked):
        assert attempt(PASSWORD).signed_in
        for host in range(1, 100):
            attempt(address=f"198.51.100.{host}")
        assert not attempt(PASSWORD, address="203.0.113.5").signed_in
        assert attempt(PASSWORD).signed_in

    def test_an_address_is_known_for_some_months(self, looked):
        attempt(PASSWORD)
        AccessLog.objects.update(attempt_time=timezone.now() - KNOWN_FOR - timedelta(days=1))
        attempt(PASSWORD, address="203.0.113.5")
        assert set(AccessLog.objects.values_list("ip_address", flat=True)) == {"203.0.113.5"}

    def test_own_success_forgives_nothing_that_was_tried_on_others(self, looked, guest):
        guest.set_password("another long password")
        guest.save()
        CountingHasher.looked = 0
        for _ in range(30):
            attempt("wrong")
            attempt("another long password", user="bob")
        assert AccessAttempt.objects.get(username="alice").failures_since_start == PER_ACCOUNT_AND_ADDRESS

    def test_slips_are_forgiven_after_signing_in(self, looked):
        for _ in range(3 * PER_ACCOUNT_AND_ADDRESS):
            attempt()
            age_attempts(WINDOW + timedelta(seconds=1)) if AccessAttempt.objects.count() else None
        assert attempt(PASSWORD).signed_in
        assert not AccessAttempt.objects.filter(username="alice", ip_address=HOME).exists()

    def test_knocking_prolongs_no_lock(self, looked):
        for _ in range(PER_ACCOUNT_AND_ADDRESS):
            attempt()
        age_attempts(WINDOW - timedelta(seconds=30))
        assert attempt().status_code == 429
        age_attempts(WINDOW + timedelta(seconds=1))
        assert attempt(PASSWORD).signed_in

    def test_an_unknown_account_costs_and_says_the_same(self, looked):
        known, unknown = attempt(), attempt(user="nobody")
        assert looked() == 2
        assert known.status_code == unknown.status_code == 422
        assert known.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()
        for _ in range(10):
            locked_known, locked_unknown = attempt(), attempt(user="nobody")
        assert without_nonce(locked_known) == without_nonce(locked_unknown)

    def test_forwarded_addresses_are_not_believed(self, looked):
        for number in range(40):
            attempt(**{"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"})
        assert looked() == PER_ACCOUNT_AND_ADDRESS

    def test_another_browser_string_is_no_second_chance(self, looked):
        for number in range(40):
            attempt(**{"User-Agent": f"browser {number}"})
        assert looked() == PER_ACCOUNT_AND_ADDRESS

    def test_the_admins_door_is_the_same_door(self, looked):
        answer = Client(REMOTE_ADDR=HOME).post("/admin/login/", {"username": "alice", "password": "x"})
        assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next=%2Fadmin%2F")
        assert looked() == 0

    def test_nothing_of_what_was_posted_is_kept(self, looked):
        attempt("a secret that is almost right")
        kept = AccessAttempt.objects.get()
        assert "secret" not in json.dumps([kept.post_data, kept.get_data, kept.path_info])

    def test_the_old_password_cannot_be_guessed_in_a_session_left_open(self, looked, owner, browser_of):
        client = browser_of(owner)
        for number in range(30):
            data = {"old_password": f"guess {number}", "new_password1": "x", "new_password2": "x"}
            client.post("/accounts/password/", data)
        assert looked() <= PER_ADDRESS


@pytest.mark.django_db(transaction=True)
def test_guessing_in_parallel_gains_nothing(looked):
    start = Barrier(30)

    def guess(number):
        start.wait(30)
        try:
            return attempt(f"guess {number}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(guess, range(30)))
    assert looked() == PER_ACCOUNT_AND_ADDRESS == statuses.count(422)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("", None),
        ("unix:", None),
    ],
)
def test_an_address_counts_as_its_household(rf, given, taken):
    assert address_of(rf.get("/", REMOTE_ADDR=given)) == taken


@pytest.mark.django_db
class TestAnswers:
    def test_a_locked_answer_says_when_to_try_again(self, looked):
        for _ in range(PER_ACCOUNT_AND_ADDRESS):
            attempt()
        answer = attempt()
        assert 800 < int(answer["Retry-After"]) <= 901
        assert "Try again in 15 minutes" in answer.content.decode()

    def test_a_dialog_gets_sentences_and_a_fresh_token(self, owner):
        wrong = attempt(**{"HX-Request": "true"})
        assert (wrong.status_code, wrong["Content-Type"]) == (422, "text/plain; charset=utf-8")
        assert "correct username and password" in wrong.content.decode()
        right = attempt(PASSWORD, **{"HX-Request": "true"})
        assert right.status_code == 200
        assert right.json()["user"] == owner.pk
        assert len(right.json()["token"]) == 64

    def test_a_locked_dialog_gets_a_sentence(self, looked):
        for _ in range(PER_ACCOUNT_AND_ADDRESS):
            attempt()
        answer = attempt(**{"HX-Request": "true"})
        assert (answer.status_code, answer.content.decode()) == (
            429,
            "Too many tries to sign in. Try again in 15 minutes.",
        )

    def test_the_token_of_a_dialog_works(self, owner):
        client = Client(enforce_csrf_checks=True)
        first = client.get("/accounts/token/").json()["token"]
        entered = client.post(
            LOGIN,
            {"username": "alice", "password": PASSWORD},
            headers={"HX-Request": "1", "X-CSRFToken": first},
        )
        assert entered.status_code == 200
        left = client.post("/accounts/logout/", headers={"X-CSRFToken": entered.json()["token"]})
        assert left.status_code == 302

    def test_a_deactivated_account_is_told_the_same_as_a_wrong_password(self, owner):
        owner.is_active = False
        owner.save()
        answer = attempt(PASSWORD)
        assert not answer.signed_in
        assert "correct username and password" in answer.content.decode()

    @pytest.mark.parametrize(
        "target",
        [
            *("//evil.example", "https://evil.example/", "http:evil.example", "///evil.example"),
            *("/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "https:///evil.example"),
            *(
                "//evil.example\\@testserver",
                "https://testserver@evil.example",
                "\t//evil.example",
                "%2f%2fevil",
            ),
        ],
    )
    def test_nobody_is_sent_elsewhere_after_signing_in(self, owner, target):
        client = Client()
        data = {"username": "alice", "password": PASSWORD, "next": target}
        answer = client.post(f"{LOGIN}?next={target}", data)
        assert answer.status_code == 302
        assert answer.url in {reverse("home"), "%2f%2fevil"}

    @pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/admin/"])
    def test_nobody_is_sent_elsewhere_by_the_admins_door(self, administrator, browser_of, target):
        for client in (Client(), browser_of(administrator)):
            answer = client.get("/admin/login/", {"next": target})
            assert "evil" not in answer.url
