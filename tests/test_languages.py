"""In which language somebody is answered."""

import re

import pytest
from django.urls import reverse

from chat.models import Preferences

START = re.compile(r'<html lang="([^"]*)" dir="(\w+)"')


def _start(client, **headers):
    found = START.search(client.get(reverse("login"), headers=headers).content.decode())
    assert found
    return found.groups()


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("de-AT,de;q=0.9", ("de", "ltr")),
        ("ar-EG", ("ar", "rtl")),
        ("fr,en;q=0.5", ("en", "ltr")),
        ('"><script>alert(1)</script>', ("en", "ltr")),
        ("de" * 5000, ("en", "ltr")),
    ],
)
def test_a_browser_is_answered_in_the_language_it_asks_for_and_never_with_its_own_words(
    db, browser_of, asked, given
):
    assert _start(browser_of(None), accept_language=asked) == given


def test_what_the_person_chose_wins_over_the_browser(owner, browser_of):
    Preferences.objects.create(user=owner, language="ar")
    assert _start(browser_of(owner), accept_language="de") == ("ar", "rtl")


def test_a_language_that_is_gone_from_the_settings_is_as_if_none_were_chosen(owner, browser_of):
    Preferences.objects.create(user=owner, language="xx")
    assert _start(browser_of(owner), accept_language="de") == ("de", "ltr")


def test_preferences_cost_no_query_of_their_own(owner, browser_of, django_assert_num_queries):
    Preferences.objects.create(user=owner, language="de")
    client = browser_of(owner)
    client.get(reverse("login"))
    with django_assert_num_queries(2):  # the session, and the account with its preferences
        client.get(reverse("login"))


def test_the_words_of_the_modules_are_kept_by_the_browser(db, browser_of):
    answer = browser_of(None).get(reverse("words", args=["de", "0"]))
    assert "immutable" in answer["Cache-Control"]
    assert browser_of(None).get(reverse("words", args=["fr", "0"])).status_code == 404
