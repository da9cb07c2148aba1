"""Who may do what, at every door of the running product.

The doors are read off the URL conf and the consumer: one without a line here fails. The owner is alice, the
stranger charlie, the administrator root, and bob signed in before he was deactivated.
"""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, suppress

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from yarl import URL

from chat.consumers import ConversationConsumer
from tests.product import PASSWORD, Product
from tests.viewers import DOORS, Closed, Door, Person, Viewer, follow

ROLES = ("anonymous", "deactivated", "stranger", "admin", "owner")
NAMES = {"owner": "alice", "stranger": "charlie", "admin": "root", "deactivated": "bob"}

ANYBODY = (200, 200, 200, 200, 200)
NOBODY = (404, 404, 404, 404, 404)
SIGNED_IN = (302, 302, 200, 200, 200)
PAGE = (302, 302, 404, 404, 200)
STREAM = (401, 401, 404, 404, 200)
COMMAND = (401, 401, 404, 404, 303)
NOT_BY_GET = (302, 302, 405, 405, 405)
NOT_BY_POST = (401, 401, 405, 405, 405)
ONLY_GET = (405, 405, 405, 405, 405)

GET = {
    "home": SIGNED_IN,
    "conversations": SIGNED_IN,
    "conversation": PAGE,
    "conversation_title": NOT_BY_GET,
    "conversation_delete": PAGE,
    "messages": NOT_BY_GET,
    "events": STREAM,
    "events_poll": STREAM,
    "message": PAGE,
    "turn_stop": NOT_BY_GET,
    "turn_retry": NOT_BY_GET,
    "turn_continue": NOT_BY_GET,
    "login": ANYBODY,
    "logout": NOT_BY_GET,
    "password_change": SIGNED_IN,
    "csrf_token": ANYBODY,
    "setup": NOBODY,
    "healthz": ANYBODY,
    "readyz": ANYBODY,
}
POST = {
    "home": NOT_BY_POST,
    "conversations": (401, 401, 303, 303, 303),
    "conversation": NOT_BY_POST,
    "conversation_title": COMMAND,
    "messages": COMMAND,
    "events": NOT_BY_POST,
    "events_poll": NOT_BY_POST,
    "message": NOT_BY_POST,
    "turn_stop": COMMAND,
    "turn_retry": COMMAND,
    "turn_continue": COMMAND,
    "login": (422, 422, 422, 422, 422),
    "password_change": (401, 401, 200, 200, 200),
    "csrf_token": ONLY_GET,
    "setup": NOBODY,
    "healthz": ONLY_GET,
    "readyz": ONLY_GET,
    # These two end what the others need.
    "conversation_delete": COMMAND,
    "logout": (401, 401, 302, 302, 302),
}
# Under /admin/ there is one rule for all: the administrator gets in, and nobody else.


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        else:
            yield path, pattern


CHAT = {str(pattern.name): path for path, pattern in routes() if not path.startswith("admin/")}
ADMIN = sorted({path for path, _ in routes() if path.startswith("admin/")})


class House:
    """The running product, everybody's browser, and a conversation of alice's whose reply has ended."""

    def __init__(self, product: Product, people: dict[str, Person]) -> None:
        self.product = product
        self.people = people
        self.ids: dict[str, str] = {}

    async def furnish(self) -> None:
        alice = self.people["owner"]
        conversation = await alice.start("How are you?")
        viewer = await Viewer(alice, conversation).finish()
        page = await alice.open(conversation)
        question = next(shown for shown in page.messages if shown.role == "user")
        self.ids = {"conversation": conversation, "turn": list(viewer.texts)[-1], "message": question.message}

    def path(self, name: str) -> str:
        kind = CHAT[name].partition("/")[0].rstrip("s")
        fitting = self.ids.get(kind, "")
        return "/" + CHAT[name].replace("<uuid:pk>", fitting).replace("<str:token>", "x" * 43)

    async def status(self, role: str, method: str, path: str, **form: str) -> int:
        person = self.people[role]
        data = {"csrfmiddlewaretoken": person.token, **form} if method == "POST" else None
        async with person.web.request(
            method, URL(self.product.url + path, encoded=True), data=data, allow_redirects=False
        ) as answer:
            return answer.status

    def activate(self, name: str, active: bool) -> None:
        with closing(sqlite3.connect(self.product.database, timeout=20)) as database, database:
            database.execute("UPDATE auth_user SET is_active = ? WHERE username = ?", (active, name))

    def count(self, table: str = "chat_turn") -> int:
        with closing(sqlite3.connect(self.product.database)) as database:
            (rows,) = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
            return int(rows)

    def state(self) -> list[tuple[object, ...]]:
        """All that alice has."""
        with closing(sqlite3.connect(self.product.database)) as database:
            chats = "SELECT id, title, leaf_id, archived FROM chat_conversation WHERE user_id = {0}"
            turns = "SELECT id, status, stop_requested FROM chat_turn WHERE user_id = {0}"
            alice = "(SELECT id FROM auth_user WHERE username = 'alice')"
            return [
                row
                for query in (chats, turns)
                for row in database.execute(f"{query.format(alice)} ORDER BY id")
            ]


ENSURE_MODEL = """
from chat.models import Model, Provider
if not Model.objects.usable().exists():
    Provider.objects.create(name="Demo", kind="demo").models.create(name="demo")
"""


@pytest.fixture(scope="module")
def shared_product(template, tmp_path_factory):
    with Product(template, tmp_path_factory.mktemp("house"), DEMO_TOKENS_PER_SECOND="2000") as product:
        product.manage("shell", "-c", ENSURE_MODEL)
        yield product


@pytest.fixture
async def house(shared_product):
    """The same product for all, everybody signed in anew, and a conversation that no test has touched."""
    async with AsyncExitStack() as stack:
        people = {role: await stack.enter_async_context(Person(shared_product.url)) for role in ROLES}
        made = House(shared_product, people)
        made.activate("bob", True)
        for role, name in NAMES.items():
            await people[role].sign_in(name, PASSWORD)
        made.activate("bob", False)
        for role in ("anonymous", "deactivated"):
            await people[role].get("/accounts/login/")
        await made.furnish()
        yield made


def test_every_route_is_expected():
    assert set(GET) == set(POST) == set(CHAT), "say in GET and POST who may do what there"


def test_every_operation_of_the_socket_is_expected():
    operations = {name for name in dir(ConversationConsumer) if name.startswith("websocket_")}
    assert operations == {"websocket_connect", "websocket_receive", "websocket_disconnect"}


@pytest.mark.parametrize(("method", "expected"), [("GET", GET), ("POST", POST)])
async def test_everybody_gets_what_is_theirs_and_nothing_else(house, method, expected):
    before, wrong = house.state(), []
    for name, statuses in expected.items():
        form = {"text": "hello", "title": "A title", "key": uuid.uuid4().hex} if "login" not in name else {}
        for role, status in zip(ROLES, statuses, strict=True):
            if role == "owner":
                assert method == "POST" or house.state() == before, name
            given = await house.status(role, method, house.path(name), **form)
            if given != status:
                wrong.append(f"{method} {name} as {role}: {given}, not {status}")
            if role != "owner":
                changed = house.state() != before
                wrong += [f"{method} {name} as {role} changed what is alice's"] if changed else []
        before = await settled(house)
    assert not wrong, "\n".join(wrong)


async def settled(house: House) -> list[tuple[object, ...]]:
    """What alice has once no reply of hers is being written."""
    for _ in range(200):
        if not any(row[1] in ("queued", "running") for row in house.state() if len(row) == 3):
            break
        await asyncio.sleep(0.1)
    return house.state()


async def test_the_admin_is_for_administrators(house):
    ids = {"<path:object_id>": house.ids["conversation"], "<id>": "1"}
    wrong = []
    for route in ADMIN:
        path = "/" + route
        for part, value in ids.items():
            path = path.replace(part, value)
        path = path.replace("^(?P<app_label>auth|axes|chat)/$", "chat/").replace(
            "(?P<url>.*)$", "nothing/here/"
        )
        path = path.replace("<path:content_type_id>", "1")
        for role in ROLES:
            for method in ("GET", "POST"):
                if "logout" in path and method == "POST":
                    continue
                given = await house.status(role, method, path)
                allowed = role == "admin" or given in (302, 401, 403, 404, 405)
                if not allowed or given >= 500:
                    wrong.append(f"{method} {path} as {role}: {given}")
    assert not wrong, "\n".join(wrong)


async def test_whoever_is_signed_in_and_no_administrator_is_told_so(house):
    for role in ("owner", "stranger"):
        page = await house.people[role].get("/admin/chat/conversation/")
        assert page.status == 403


def socket(house: House, role: str, **options):
    person = house.people[role]
    url = f"ws://127.0.0.1:{person.port}/ws/conversations/{house.ids['conversation']}/"
    headers = {"Cookie": person.cookie, **options.pop("headers", {})}
    return connect(url, additional_headers=headers, origin=options.pop("origin", person.url), **options)


async def ends_with(connection: ClientConnection, within: float = 5) -> tuple[int, int] | None:
    """The close code and how many frames came before it; None where it stays open."""
    frames = 0
    try:
        async with asyncio.timeout(within):
            while True:
                await connection.recv()
                frames += 1
    except ConnectionClosed:
        return connection.close_code or 0, frames
    except TimeoutError:
        return None


SOCKET = {"anonymous": 4401, "deactivated": 4401, "stranger": 4404, "admin": 4404}


async def test_no_frame_reaches_who_may_not_look_on(house):
    """Whatever they send: the answer is the same close code, and nothing before it."""
    for role, code in SOCKET.items():
        for sent in (None, '{"type":"ack","cursor":"x:1"}', "garbage", b"\x00\xff"):
            async with socket(house, role) as connection:
                with suppress(ConnectionClosed):
                    if sent is not None:
                        await connection.send(sent)
                assert await ends_with(connection) == (code, 0), (role, sent)


async def test_the_owner_looks_on_and_acknowledges(house):
    async with socket(house, "owner") as connection:
        first = await connection.recv()
        assert '"type":"heartbeat"' in first
        page = await house.people["owner"].open(house.ids["conversation"])
        await connection.send(json.dumps({"type": "ack", "cursor": page.cursor}))
        assert await ends_with(connection, within=0.5) is None


BAD_FRAMES = [
    *("", "garbage", "[]", "null", "1", '"ack"', "{}", '{"type":"ack"}', '{"type":"ack","cursor":1}'),
    *('{"type":"stop"}', '{"type":"ack","cursor":"x"}', '{"type":["ack"],"cursor":"x:1"}', "{" * 5000),
    *(b"\x00\xff", b"{}", '{"type":"ack","cursor":null}', '{"type":"ack","cursor":"x:-1"}'),
]


async def test_a_bad_frame_ends_its_own_socket_alone(house):
    async with socket(house, "owner") as other:
        await other.recv()
        for frame in BAD_FRAMES:
            async with socket(house, "owner") as connection:
                await connection.recv()
                await connection.send(frame)
                ended = await ends_with(connection)
                assert ended is not None, frame
                assert ended[0] == 4400, frame
        assert await ends_with(other, within=0.2) is None
        assert await house.status("owner", "GET", "/healthz") == 200


async def signs_out(house: House, person: Person) -> None:
    await person.post("/accounts/logout/")


async def changes_the_password(house: House, person: Person) -> None:
    """In another browser."""
    async with Person(house.product.url) as other:
        await other.sign_in("alice", PASSWORD)
        await other.get("/accounts/password/")
        again = {"new_password1": f"{PASSWORD}!", "new_password2": f"{PASSWORD}!"}
        assert (await other.post("/accounts/password/", old_password=PASSWORD, **again)).status == 302
        await other.get("/accounts/password/")
        back = {"new_password1": PASSWORD, "new_password2": PASSWORD}
        assert (await other.post("/accounts/password/", old_password=f"{PASSWORD}!", **back)).status == 302


async def is_deactivated(house: House, person: Person) -> None:
    house.activate("alice", False)


async def loses_the_conversation(house: House, person: Person) -> None:
    await person.post(house.path("conversation_delete"))


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        (signs_out, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (changes_the_password, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (is_deactivated, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (loses_the_conversation, {"socket": {4404}, "stream": {0}, "poll": {404}}),
    ],
)
async def test_open_streams_end_within_five_seconds(house, cause, codes):
    """Of whoever signs out, gets a new password, is deactivated, or looks on at what is no more."""
    person = house.people["owner"]
    page = await person.open(house.ids["conversation"])
    watching = {door: asyncio.create_task(last_of(person, house, page.cursor, door)) for door in DOORS}
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in watching.values())
    try:
        began = asyncio.get_running_loop().time()
        await cause(house, person)
        ended = {door: await asyncio.wait_for(task, 10) for door, task in watching.items()}
        assert asyncio.get_running_loop().time() - began < 5
    finally:
        house.activate("alice", True)
    assert all(ended[door] in codes[door] for door in DOORS), ended


async def last_of(person: Person, house: House, cursor: str, door: Door) -> int:
    """How a stream ends, past what it says of the end itself."""
    try:
        async for frame in follow(person, house.ids["conversation"], cursor, door):
            assert frame["type"] in ("heartbeat", "conversation.changed")
    except Closed as closed:
        return closed.code
    return 0


async def test_no_get_starts_a_turn(house):
    """Not even one that names a text, as links to other chats do."""
    turns = house.count()
    for name in GET:
        for query in ("text=hello&key=k1", "q=hello&prompt=hello&submit=1"):
            if name not in ("events", "events_poll"):
                await house.status("owner", "GET", f"{house.path(name)}?{query}")
    await asyncio.sleep(0.2)
    assert house.count() == turns


async def test_every_post_wants_its_token(house):
    wrong = []
    before = house.state()
    admin_posts = ["/admin/chat/provider/add/", "/admin/auth/user/add/", "/admin/logout/"]
    for path in [*(house.path(name) for name in POST), *admin_posts]:
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
    wrong = []
    for name in GET:
        kind = CHAT[name].partition("/")[0].rstrip("s")
        if "<uuid:pk>" not in CHAT[name]:
            continue
        for spelling in mutations(house.ids[kind]):
            path = "/" + CHAT[name].replace("<uuid:pk>", spelling)
            for role in ("owner", "stranger"):
                for method in ("GET", "POST"):
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
