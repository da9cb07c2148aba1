"""What requests cannot do, whoever makes them."""

import uuid

import aiohttp
from websockets.asyncio.client import connect

from tests.access.house import CHAT, ends_with, socket


async def test_no_get_starts_a_turn(house):
    """Not even one that names a text, as links to other chats do."""
    turns = house.count()
    for name in CHAT:
        for query in ("text=hello&key=k1", "q=hello&prompt=hello&submit=1"):
            if name not in ("events", "events_poll"):
                await house.status("owner", "GET", f"{house.path(name)}?{query}")
    assert house.count() == turns


async def test_every_post_wants_its_token(house):
    wrong = []
    before = house.state()
    admin_posts = ["/admin/chat/provider/add/", "/admin/auth/user/add/", "/admin/logout/"]
    by_cookie = (house.path(name) for name in CHAT if not name.startswith("api_"))
    for path in [*by_cookie, *admin_posts]:
        person = house.people["admin" if path.startswith("/admin/") else "owner"]
        for case, token, headers in (
            ("no token", "", {}),
            ("somebody else's token", house.people["stranger"].token, {}),
            ("another origin", person.token, {"Origin": "https://evil.example"}),
            ("origin null", person.token, {"Origin": "null"}),
        ):
            data = {"csrfmiddlewaretoken": token, "text": "hello", "title": "x"}
            async with person.web.post(
                house.product.url + path, data=data, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 403 or answer.headers.get("X-CSRF-Failure") != "1":
                    wrong.append(f"POST {path} with {case}: {answer.status}")
    assert not wrong, "\n".join(wrong)
    assert house.state() == before


async def test_a_refused_form_keeps_its_text(house):
    person = house.people["owner"]
    url = f"{house.product.url}{house.path('messages')}"
    async with person.web.post(url, data={"text": "long & dear", "key": "k"}) as answer:
        assert (answer.status, "long &amp; dear" in await answer.text()) == (403, True)
    anonymous = house.people["anonymous"]
    data = {"text": "long & dear", "key": "k", "csrfmiddlewaretoken": anonymous.token}
    async with anonymous.web.post(url, data=data) as answer:
        assert (answer.status, "long &amp; dear" in await answer.text()) == (401, True)


OTHER_WAYS = [
    {"Authorization": "Bearer root"},
    {"Authorization": "Basic cm9vdDpjb3JyZWN0IGhvcnNlIGJhdHRlcnkgc3RhcGxl"},
    {"X-API-Key": "root", "X-Auth-Token": "root", "X-Access-Token": "root"},
    {"Remote-User": "root", "X-Remote-User": "root", "X-Forwarded-User": "root", "X-Forwarded-Email": "root"},
    {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz", "X-HTTP-Method-Override": "DELETE"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example", "Forwarded": "for=127.0.0.1"},
]


async def test_there_is_no_second_way_to_be_somebody(house):
    url = house.product.url + house.path("conversation")
    for headers in OTHER_WAYS:
        for role, status in (("anonymous", 302), ("stranger", 404)):
            async with house.people[role].web.get(url, headers=headers, allow_redirects=False) as answer:
                assert answer.status == status, headers
                assert "evil.example" not in str(answer.headers) + await answer.text()
        async with socket(house, "anonymous", headers=headers) as connection:
            assert await ends_with(connection) == (4401, 0), headers


def mutations(pk: str) -> list[str]:
    return [
        *(pk.upper(), pk.replace("-", ""), f"{{{pk}}}", f"urn:uuid:{pk}", f"{pk}%00", f"{pk}%20", f"%20{pk}"),
        *(
            f"{pk}/..%2f",
            f"{pk}%0a",
            pk.replace("-", "_"),
            pk.replace("-", "%2d%2d"),
            f"{pk};x",
            f"0{pk}",
            pk[:-1],
        ),
        *("%2e%2e", "0", "-1", "null", "%ff", "me", str(uuid.UUID(int=0)), "9" * 400),
    ]


async def test_an_id_has_one_spelling(house):
    """Each spelling at each address, of which each gets all four ways of asking, and so does each spelling."""
    wrong = []
    ways = [(role, method) for role in ("owner", "stranger") for method in ("GET", "POST")]
    addresses = [address for address in CHAT.values() if "<uuid:pk>" in address]
    for at, address in enumerate(addresses):
        kind = address.partition("/")[0].rstrip("s")
        for nth, spelling in enumerate(mutations(house.ids[kind])):
            path = "/" + address.replace("<uuid:pk>", spelling)
            role, method = ways[(at + nth) % len(ways)]
            given = await house.status(role, method, path)
            if given not in (404, 405) or (given == 405 and spelling != str(uuid.UUID(int=0))):
                wrong.append(f"{method} {path} as {role}: {given}")
    assert not wrong, "\n".join(wrong)


async def test_nothing_of_one_person_is_in_the_pages_of_another(house):
    alice = house.people["owner"]
    await alice.post(house.path("conversation_title"), title="zebra crossing")
    for role in ("stranger", "admin"):
        for path in ("/", "/conversations/"):
            page = await house.people[role].get(path)
            assert page.status == 200
            assert "zebra" not in page.html
            assert house.ids["conversation"] not in page.html


async def test_a_nul_in_what_says_who_somebody_is_makes_them_nobody(house):
    """PostgreSQL refuses it in a question, and a question about sessions is asked for many at once."""
    forged = 'rivulet_sessionid="\\000aaaaaaaaaaaaaaaaaaaa"'
    async with aiohttp.ClientSession(headers={"Cookie": forged, "User-Agent": "A browser"}) as web:
        for path in ("/accounts/login/", "/"):
            async with web.get(house.product.url + path) as answer:
                assert answer.status == 200
                assert "login" in str(answer.url)
    url = f"ws://127.0.0.1:{house.product.port}/ws/conversations/{house.ids['conversation']}/"
    headers = {"Cookie": forged}
    async with connect(url, additional_headers=headers, origin=house.product.url) as refused:
        assert await ends_with(refused) == (4401, 0)
