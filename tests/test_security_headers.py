"""What every answer says to the browser."""

import re

import pytest
from django.urls import reverse
from django.utils.encoding import force_bytes

from tests.admin import chats

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT = {
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


def policy(response):
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


@pytest.fixture
def pages(owner, administrator, browser_of):
    """A page of each kind: (who asks, where)."""
    chat = chats.conversation(owner)
    message = reverse("message", args=[chat.leaf_id])
    mine, nobody, admin = browser_of(owner), browser_of(None), browser_of(administrator)
    own = ["/", "/conversations/", chat.get_absolute_url(), f"{chat.get_absolute_url()}delete/", message]
    own += [f"{chat.get_absolute_url()}shares/", "/shares/", "/import/", "/accounts/delete/"]
    return [
        *((mine, path) for path in [*own, "/accounts/password/", "/nothing/"]),
        *(
            (nobody, path)
            for path in ["/", "/accounts/login/", "/accounts/token/", "/setup/x/", "/healthz", "/readyz"]
        ),
        *(
            (admin, path)
            for path in ["/admin/", "/admin/chat/turn/", f"/admin/chat/conversation/{chat.pk}/change/"]
        ),
    ]


@pytest.mark.django_db(transaction=True)
def test_every_answer_has_the_headers(pages):
    for client, path in pages:
        response = client.get(path)
        for name, value in EVERYWHERE.items():
            assert response.get(name) == value, (path, name)
        assert "camera=()" in response["Permissions-Policy"]
        assert "no-store" in response["Cache-Control"], path


@pytest.mark.django_db(transaction=True)
def test_every_policy_is_strict(pages):
    for client, path in pages:
        given = policy(client.get(path))
        assert given >= STRICT, path
        scripts = next(part for part in given if part.startswith("script-src"))
        assert "unsafe" not in " ".join(given)
        if path.startswith("/admin/"):
            assert scripts == "script-src 'self'"
        else:
            assert re.fullmatch(r"script-src ('nonce-[\w+/=]{24}' )?'strict-dynamic'", scripts), path
            assert "require-trusted-types-for 'script'" in given


@pytest.mark.django_db(transaction=True)
def test_every_script_has_the_nonce_of_its_page_and_none_is_inline(pages):
    seen = set()
    for client, path in pages:
        response = client.get(path)
        text = response.content.decode()
        assert not re.search(r"<[^>]*\s(on\w+|style)\s*=", text), path
        assert not re.search(r"<style\b|javascript:", text), path
        for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.S):
            assert "src=" in attributes, path
            assert not body.strip(), path
            if not path.startswith("/admin/"):
                (nonce,) = re.findall(r'nonce="([^"]+)"', attributes)
                assert f"'nonce-{nonce}'" in response["Content-Security-Policy"]
                seen.add((path, nonce))
    assert len({nonce for _, nonce in seen}) == len({path for path, _ in seen}) > 3


@pytest.mark.django_db(transaction=True)
def test_no_answer_echoes_a_header(pages):
    canary = 'x"><script>alert(1)</script>'
    headers = dict.fromkeys(
        ("Accept-Language", "User-Agent", "Referer", "X-Requested-With", "X-Forwarded-Host"), canary
    )
    for client, path in pages:
        response = client.get(path, headers=headers)
        assert force_bytes("alert(1)") not in response.content, path
        assert "alert(1)" not in str(response.headers)


@pytest.mark.django_db
def test_cookies_are_kept_from_scripts_and_other_sites(owner, client):
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"username": "alice", "password": "correct horse battery staple"})
    for name in ("rivulet_sessionid", "rivulet_csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (
            True,
            "Lax",
            "",
            "/",
        )


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_another_host_is_refused(client, host):
    assert client.get("/accounts/login/", headers={"Host": host}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"Accept": "text/event-stream"},
        {"Accept": "application/json"},
    ],
)
def test_a_script_that_is_signed_out_gets_a_sentence_and_no_page(client, headers):
    answer = client.get("/", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_a_page_comes_back_after_signing_in(client):
    assert client.get("/accounts/password/?a=b").url == "/accounts/login/?next=/accounts/password/%3Fa%3Db"


@pytest.mark.django_db
def test_the_page_that_draws_diagrams_can_reach_nothing(client):
    response = client.get("/diagram/")
    nonce = re.search(r'script nonce="([^"]+)"', response.content.decode())[1]
    assert policy(response) == {
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts",
    }
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert not response.cookies
