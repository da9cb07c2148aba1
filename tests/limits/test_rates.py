"""How often somebody may ask in a minute, and how each door says that it is too often."""

import aiohttp
import pytest
from django.test import Client
from websockets import ConnectionClosed, Origin
from websockets.asyncio.client import connect

from chat import rates
from chat.models import Conversation, Model, Provider
from tests.limits.conftest import LIMITS
from tests.product import PASSWORD
from tests.servers import RedisServer
from tests.viewers import Person

KEY = """
from django.contrib.auth.models import User
from chat.models import ApiKey
print(ApiKey.issue(User.objects.get(username="alice"), "x")[1])
"""


async def test_of_messages_the_one_too_many_is_refused_with_its_text_in_hand(limited, alice):
    for number in range(3):
        assert (await alice.post("/conversations/", text=f"message {number}", key=str(number))).status == 303
    data = {"csrfmiddlewaretoken": alice.token, "text": "What I wrote.", "key": "4"}
    for headers in ({}, {"HX-Request": "true"}):
        async with alice.web.post(f"{limited.url}/conversations/", data=data, headers=headers) as answer:
            page = await answer.text()
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
        assert "Try again in" in page
        assert ("What I wrote." in page) == (not headers), "the page without a script gives the text back"
    assert (await alice.get("/")).status == 200, "everything else goes on"
    async with Person(limited.url) as bob:
        await bob.sign_in("bob", PASSWORD)
        assert (await bob.post("/conversations/", text="mine", key="1")).status == 303


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/search/?q=x", "SEARCHES_PER_MINUTE"), ("/export/", "TRANSFERS_PER_MINUTE")],
)
async def test_what_costs_much_is_counted_by_itself(limited, alice, path, kind):
    for _ in range(int(LIMITS[kind])):
        assert (await alice.get(path)).status == 200
    assert (await alice.get(path)).status == 429


async def test_uploads_are_counted(limited, alice):
    statuses = [(await alice.post("/attachments/", htmx=True, key=str(n))).status for n in range(3)]
    assert 429 not in statuses[:2]
    assert statuses[2] == 429


async def test_a_program_is_told_in_json(limited):
    secret = limited.manage("shell", "--verbosity=0", "-c", KEY).strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession() as web:
        for _ in range(2):
            async with web.get(f"{limited.url}/api/models/", headers=headers) as answer:
                assert answer.status == 200
        async with web.get(f"{limited.url}/api/models/", headers=headers) as answer:
            assert answer.status == 429
            assert int(answer.headers["Retry-After"]) > 0
            assert (await answer.json())["error"]["reason"] == "too_often"


async def test_whoever_is_not_signed_in_is_counted_by_address(limited):
    def from_(address: str) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(address, 0)))

    async with from_("127.0.0.5") as web, from_("127.0.0.6") as other:
        for _ in range(5):
            async with web.get(f"{limited.url}/accounts/login/") as answer:
                assert answer.status == 200
        async with web.get(f"{limited.url}/accounts/login/") as answer:
            assert (answer.status, answer.headers["Retry-After"].isdigit()) == (429, True)
        async with web.get(f"{limited.url}/healthz") as answer:
            assert answer.status == 200
        async with other.get(f"{limited.url}/accounts/login/") as answer:
            assert answer.status == 200


async def test_streams_that_a_person_opens_are_counted_whichever_they_are_and_told_when_to_come_again(
    limited,
):
    async with Person(limited.url) as charlie:
        await charlie.sign_in("charlie", PASSWORD)
        opened = [await _open(charlie, door) for door in ("socket", "stream", "poll") * 2]
        assert opened == [(0, ""), (200, ""), (200, "")] * 2
        code, _ = await _open(charlie, "socket")
        assert code == 4429
        for door in ("stream", "poll"):
            status, seconds = await _open(charlie, door)
            assert (status, 1 <= int(seconds) <= 61) == (429, True)
        assert (await charlie.get("/")).status == 200, "everything else goes on"
    async with Person(limited.url) as other:
        await other.sign_in("bob", PASSWORD)
        assert await _open(other, "socket") == (0, "")


async def test_streams_of_an_address_are_counted_before_it_is_known_whose_they_are(limited):
    async with Person(limited.url) as nobody:
        codes = [(await _open(nobody, "socket", "127.0.0.9"))[0] for _ in range(31)]
        assert codes == [4401] * 30 + [4429]
        assert (await _open(nobody, "socket", "127.0.0.10"))[0] == 4401


async def _open(person: Person, door: str, source: str = "127.0.0.1") -> tuple[int, str]:
    """How a stream of what concerns all conversations is answered: the close code or status, and when to come again."""
    if door == "socket":
        url, origin = f"ws://127.0.0.1:{person.port}/ws/", {"Cookie": person.cookie}
        async with connect(
            url, origin=Origin(person.url), additional_headers=origin, local_addr=(source, 0)
        ) as socket:
            try:
                await socket.recv()
            except ConnectionClosed:
                return socket.close_code or 0, ""
            return 0, ""
    path = "/events/" if door == "stream" else "/events/poll/?hold=no"
    async with person.web.get(person.url + path) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


@pytest.fixture
def redis(tmp_path):
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_whoever_has_too_many_replies_under_way_is_told_when_to_send_again(owner, settings, headers):
    settings.TURNS_PER_USER = 1
    model = Model.objects.create(provider=Provider.objects.create(name="Test", kind="demo"), name="demo")
    Conversation.objects.start(owner, "Hello", "key-1", model)
    client = Client(headers=headers)
    client.force_login(owner, backend="chat.accounts.Accounts")
    form = {"text": "What I wrote.", "key": "key-2"}
    other = Conversation.objects.create(user=owner)
    for path in ("/conversations/", f"/conversations/{other.pk}/messages/"):
        answer = client.post(path, form)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
        assert b"Wait for one, or stop one, and send again." in answer.content
        assert (b"What I wrote." in answer.content) == (not headers), "the page gives the text back"


def test_sites_that_share_a_redis_count_apart(redis, settings):
    settings.REDIS_URL, settings.SEARCHES_PER_MINUTE = redis.url, 1
    for settings.REDIS_PREFIX in ("one:", "two:"):
        assert rates.wait_of("SEARCHES_PER_MINUTE", 1) == 0
    assert rates.wait_of("SEARCHES_PER_MINUTE", 1) > 0, "the same site goes on counting"
    with redis.client() as client:
        assert sorted(client.keys()) == ["one:rate:SEARCHES_PER_MINUTE:1", "two:rate:SEARCHES_PER_MINUTE:1"]


def test_redis_counts_for_all_processes_and_without_it_each_counts_by_itself(redis, settings):
    from chat.rates.redis import CountsInRedis

    first, second = CountsInRedis(redis.url, "x:"), CountsInRedis(redis.url, "x:")
    counted = [counts.add("x") for counts in (first, second, first)] + [second.add("y")]
    assert [count for count, _ in counted] == [1, 2, 3, 1]
    assert all(0 < seconds <= 60 for _, seconds in counted)
    redis.kill()
    assert [counts.add("x")[0] for counts in (first, first, second)] == [1, 2, 1]
