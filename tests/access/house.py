"""The running product, and everybody's browser in it."""

import asyncio
import re
import uuid
from collections.abc import Iterator

import aiohttp
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from yarl import URL

from tests.product import Product
from tests.viewers import Person, Viewer

ROLES = ("anonymous", "deactivated", "stranger", "admin", "owner")
NAMES = {"owner": "alice", "stranger": "charlie", "admin": "root", "deactivated": "bob"}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        else:
            yield path, pattern


CHAT = {str(pattern.name): path for path, pattern in routes() if not path.startswith("admin/")}
ADMIN = sorted({path for path, _ in routes() if path.startswith("admin/")})
PIXEL = bytes.fromhex(
    "47494638396101000100800000ff0000ffffff21f90400000000002c00000000010001000002024401003b"
)
# What concerns a reply rather than a question, or would end the whole conversation with its question.
OF_A_REPLY = {"message_feedback", "message_delete"}


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
        await self._trace_of(list(viewer.texts)[-1])
        question = next(shown for shown in page.messages if shown.role == "user")
        self.ids = {
            "device": self._another_device("alice"),
            "conversation": conversation,
            "share": self._share(conversation),
            "turn": list(viewer.texts)[-1],
            "message": question.message,
            "reply": page.answer.message,
            "prompt": self._saved_prompt("alice"),
            "folder": self._folder("alice"),
            "attachment": await self._picture(alice),
            "key": self._key("alice"),
        }
        self.ids["use"] = self._call(self.ids["turn"])

    async def _trace_of(self, turn: str) -> None:
        """It is written down after the end of a reply, which does not wait for it."""
        path = f"/turns/{turn}/trace/"
        async with asyncio.timeout(10):
            while await self.status("owner", "GET", path) != 200:
                await asyncio.sleep(0.05)

    def _another_device(self, name: str) -> str:
        """A browser in which somebody is signed in, too."""
        device = uuid.uuid4().hex
        with self.product.database.transaction() as execute:
            execute(
                "INSERT INTO django_session VALUES (?, '', '2999-01-01 00:00:00')",
                (f"session-{device[:8]}",),
            )
            execute(
                "INSERT INTO chat_device (id, session_id, user_id, agent, seen)"
                " SELECT ?, ?, id, '', CURRENT_TIMESTAMP FROM auth_user WHERE username = ?",
                (device, f"session-{device[:8]}", name),
            )
        return str(uuid.UUID(device))

    def _call(self, turn: str) -> str:
        with self.product.database.transaction() as execute:
            ((made,),) = execute(
                "INSERT INTO chat_tooluse (turn_id, call, name, arguments, status, result, asked)"
                " VALUES (?, 'one', 'clock', '', 'done', '', CURRENT_TIMESTAMP) RETURNING id",
                (turn.replace("-", ""),),
            )
            return str(made)

    async def _picture(self, person: Person) -> str:
        """One that waits to be sent."""
        form = aiohttp.FormData({"csrfmiddlewaretoken": person.token, "key": uuid.uuid4().hex})
        form.add_field("file", PIXEL, filename="pixel.gif")
        headers = {"HX-Request": "true"}
        async with person.web.post(f"{self.product.url}/attachments/", data=form, headers=headers) as answer:
            found = re.search(r'data-attachment="([0-9a-f-]{36})"', await answer.text())
            assert found, answer.status
            return found[1]

    def _folder(self, name: str) -> str:
        with self.product.database.transaction() as execute:
            ((made,),) = execute(
                "INSERT INTO chat_folder (user_id, name, created)"
                " SELECT id, ?, CURRENT_TIMESTAMP FROM auth_user WHERE username = ? RETURNING id",
                (uuid.uuid4().hex, name),
            )
            return str(made)

    def _saved_prompt(self, name: str) -> str:
        with self.product.database.transaction() as execute:
            ((made,),) = execute(
                "INSERT INTO chat_savedprompt (user_id, name, text, created)"
                " SELECT id, ?, 'Hello', CURRENT_TIMESTAMP FROM auth_user WHERE username = ? RETURNING id",
                (uuid.uuid4().hex, name),
            )
            return str(made)

    def _key(self, name: str) -> str:
        with self.product.database.transaction() as execute:
            ((made,),) = execute(
                "INSERT INTO chat_apikey (user_id, name, digest, hint, created)"
                " SELECT id, 'A script', ?, '1234', CURRENT_TIMESTAMP FROM auth_user WHERE username = ? RETURNING id",
                (uuid.uuid4().hex, name),
            )
            return str(made)

    def _share(self, conversation: str) -> str:
        with self.product.database.transaction() as execute:
            ((made,),) = execute(
                "INSERT INTO chat_share (conversation_id, token, title, created)"
                " VALUES (?, ?, '', CURRENT_TIMESTAMP) RETURNING id",
                (conversation.replace("-", ""), uuid.uuid4().hex),
            )
            return str(made)

    def path(self, name: str) -> str:
        kind = "reply" if name in OF_A_REPLY else CHAT[name].partition("/")[0].rstrip("s")
        fitting = self.ids.get(kind, "")
        filled = {
            "<uuid:pk>": fitting,
            "<int:pk>": fitting or "1",
            "<int:use>": self.ids["use"],
            "<str:token>": "x" * 43,
            "<slug:token>": "x" * 43,
            "<str:language>": "de",
            "<str:version>": "1",
        }
        path = "/" + CHAT[name]
        for part, value in filled.items():
            path = path.replace(part, value)
        return path

    async def status(self, role: str, method: str, path: str, **form: str) -> int:
        person = self.people[role]
        data = {"csrfmiddlewaretoken": person.token, **form} if method == "POST" else None
        async with person.web.request(
            method, URL(self.product.url + path, encoded=True), data=data, allow_redirects=False
        ) as answer:
            return answer.status

    def activate(self, name: str, active: bool) -> None:
        with self.product.database.transaction() as execute:
            execute("UPDATE auth_user SET is_active = ? WHERE username = ?", (active, name))

    def count(self, table: str = "chat_turn") -> int:
        with self.product.database.transaction() as execute:
            ((rows,),) = execute(f"SELECT COUNT(*) FROM {table}")
            return int(rows)

    def state(self) -> list[tuple[object, ...]]:
        """All that alice has."""
        with self.product.database.transaction() as execute:
            chats = """SELECT id, title, leaf_id, archived, pinned, folder_id
                FROM chat_conversation WHERE user_id = {0}"""
            folders = "SELECT id, name FROM chat_folder WHERE user_id = {0}"
            turns = "SELECT id, status, stop_requested FROM chat_turn WHERE user_id = {0}"
            alice = "(SELECT id FROM auth_user WHERE username = 'alice')"
            return [
                row
                for query in (chats, turns, folders)
                for row in execute(f"{query.format(alice)} ORDER BY id")
            ]


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
