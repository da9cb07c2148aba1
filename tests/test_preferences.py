"""What somebody chose, and where they are signed in."""

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.models import Device, Preferences
from tests.product import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1"
CHOSEN = {
    "theme": "dark",
    "language": "de",
    "density": "compact",
    "send_key": "ctrl-enter",
    "notifications": "on",
}


@pytest.fixture
def own(owner, browser_of):
    return browser_of(owner, headers={"User-Agent": FIREFOX})


def _page(client):
    return client.get(reverse("settings")).content.decode()


def test_what_is_chosen_is_on_every_page_from_its_first_line(own, owner):
    start = _page(own).partition("<head>")[0]
    assert 'data-theme=""' in start
    assert 'data-send-key="enter"' in start
    assert "data-notifications" not in start
    assert own.post(reverse("settings"), CHOSEN).status_code == 303
    start = own.get(reverse("password_change")).content.decode().partition("<head>")[0]
    for expected in (
        'lang="de"',
        'data-theme="dark"',
        'data-density="compact"',
        'data-send-key="ctrl-enter"',
    ):
        assert expected in start
    assert "data-notifications" in start
    assert "Gespeichert." in _page(own)


def test_what_cannot_be_chosen_is_refused_and_changes_nothing(own, owner):
    Preferences.objects.create(user=owner, theme="light")
    for wrong in ({"theme": "pink"}, {"language": "xx"}, {"send_key": ""}):
        assert own.post(reverse("settings"), CHOSEN | wrong).status_code == 422
    assert own.post(reverse("theme"), {"theme": "pink"}).status_code == 422
    assert Preferences.objects.get().theme == "light"


def test_the_switch_of_the_theme_leaves_the_rest_alone(own, owner):
    own.post(reverse("settings"), CHOSEN)
    answer = own.post(reverse("theme"), {"theme": "light"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    kept = Preferences.objects.get(user=owner)
    assert (kept.theme, kept.language, kept.notifications) == ("light", "de", True)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8.1", "Unknown browser"),
        ("<script>" * 100, "Unknown browser"),
    ],
)
def test_a_browser_is_called_by_its_name(owner, browser_of, agent, name):
    page = _page(_seen(browser_of(owner, headers={"User-Agent": agent})))
    assert name in page
    assert "<script>" * 2 not in page


def _seen(client):
    client.get("/")
    return client


def test_another_browser_is_signed_out_by_a_press_and_this_one_stays(own, owner, browser_of):
    other = _seen(browser_of(owner, headers={"User-Agent": IPHONE}))
    assert "Safari on iPhone" in _page(_seen(own))
    device = Device.objects.get(agent=IPHONE)
    assert own.post(reverse("device_end", args=[device.pk])).status_code == 303
    assert other.get("/").status_code == 302
    assert "Safari on iPhone" not in _page(own)


def test_all_other_browsers_are_signed_out_at_once(own, owner, guest, browser_of):
    others = [_seen(browser_of(owner)) for _ in range(2)]
    strangers = _seen(browser_of(guest))
    own.post(reverse("devices_end"))
    assert [each.get("/").status_code for each in (*others, strangers, own)] == [302, 302, 200, 200]


def test_nobody_signs_somebody_else_out(own, owner, guest, browser_of):
    other = _seen(browser_of(guest))
    device = Device.objects.get(user=guest)
    assert own.post(reverse("device_end", args=[device.pk])).status_code == 404
    assert other.get("/").status_code == 200


def test_a_new_password_signs_the_others_out_and_none_of_them_is_listed(owner, browser_of, own):
    other = _seen(browser_of(owner, headers={"User-Agent": IPHONE}))
    own.post(
        reverse("password_change"),
        {
            "old_password": PASSWORD,
            "new_password1": "a much longer one",
            "new_password2": "a much longer one",
        },
    )
    assert other.get("/").status_code == 302
    _seen(own)
    assert [device.name for device in Device.objects.visible_to(owner)] == ["Firefox on Linux"]


def test_a_browser_is_noted_some_minutes_apart(own, owner):
    _seen(own)
    before = Device.objects.get().seen
    _seen(own)
    assert Device.objects.get().seen == before
    session = own.session
    session["noted"] = [session.session_key, 0]
    session.save()
    _seen(own)
    assert Device.objects.get().seen > before


def test_a_session_that_has_run_out_is_not_listed(own, owner):
    _seen(own)
    Device.objects.get().session.__class__.objects.update(expire_date=timezone.now())
    assert not Device.objects.visible_to(owner)
