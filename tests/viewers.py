"""People and the viewers they open, over each of the three transports, as they are seen from outside."""

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.pages import Page, Shown, parse

Frame = dict[str, Any]
Door = Literal["socket", "stream", "poll"]
DOORS: tuple[Door, ...] = ("socket", "stream", "poll")
ACK_EVERY_CHARS = 16 * 1024
STRUCTURAL = {"reset", "message.changed"}
# They stand where the viewer stands: a sign of life, and a hint for the sidebar.
PLACELESS = {"heartbeat", "conversation.changed"}


class Closed(Exception):
    """A viewer was ended. `code` is the WebSocket's close code or the HTTP status, 0 where there was none."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Person:
    """Somebody with a browser: cookies, the token of the page that is open, and what forms can do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=60),
        )
        self.token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.web.close()

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.web.cookie_jar)

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    async def sign_in(self, name: str, password: str) -> Self:
        await self.get("/accounts/login/")
        page = await self.post("/accounts/login/", username=name, password=password)
        assert page.status in (302, 303), f"sign-in answered {page.status}"
        await self.get("/")
        return self

    async def get(self, path: str, **headers: str) -> Page:
        async with self.web.get(self.url + path, headers=headers) as answer:
            page = parse(answer.status, str(answer.url), await answer.text())
        self.token = page.token or self.token
        return page

    async def post(self, path: str, htmx: bool = False, **form: str) -> Page:
        """The answer itself, not the page it sends us to: `url` is where that would be."""
        headers = {"HX-Request": "true"} if htmx else {}
        data = {"csrfmiddlewaretoken": self.token, **form}
        async with self.web.post(
            self.url + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            return parse(answer.status, answer.headers.get("Location", ""), await answer.text())

    async def start(self, text: str, key: str = "", model: str = "") -> str:
        """A new chat; the id of its conversation."""
        page = await self.post("/conversations/", text=text, key=key or uuid.uuid4().hex, model=model)
        assert page.status == 303, f"a new chat was answered with {page.status}"
        return page.url.strip("/").split("/")[-1]

    async def ask(self, conversation: str, text: str, key: str = "", model: str = "") -> Page:
        path = f"/conversations/{conversation}/messages/"
        return await self.post(path, text=text, key=key or uuid.uuid4().hex, model=model)

    async def written(self, message: str) -> str:
        """The text of a message as it was written."""
        async with self.web.get(f"{self.url}/messages/{message}/text/") as answer:
            answer.raise_for_status()
            return await answer.text()

    async def open(self, conversation: str) -> Page:
        return await self.get(f"/conversations/{conversation}/")

    async def act(self, turn: str, verb: Literal["stop", "retry", "continue"]) -> Page:
        return await self.post(f"/turns/{turn}/{verb}/", key=uuid.uuid4().hex)


class Viewer:
    """A transcript as a page keeps it: what the server wrote up to a cursor, and then each event once.

    It reconnects by itself, and loads the page again where an event says that the structure changed.
    """

    def __init__(self, person: Person, conversation: str, door: Door = "socket") -> None:
        self.person = person
        self.conversation = conversation
        self.door = door
        self.cursor = ""
        self.texts: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.heard: list[Frame] = []
        self.reloads = 0

    async def load(self) -> Page:
        try:
            page = await self.person.open(self.conversation)
            answers = [shown for shown in page.messages if shown.role == "assistant"]
            texts = {shown.turn: await self._written(shown) for shown in answers}
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Closed(getattr(error, "status", 0)) from error
        if page.status != 200:
            raise Closed(page.status)
        self.cursor = page.cursor
        self.texts.update(texts)
        self.statuses.update({shown.turn: shown.status for shown in answers})
        return page

    async def _written(self, shown: Shown) -> str:
        """What the model wrote, of which the page shows the rendering."""
        return shown.source if shown.source is not None else await self.person.written(shown.message)

    async def watch(self, until: Callable[[Self], bool], seconds: float = 20) -> Self:
        """Read until `until(self)`, through every disconnect."""
        async with asyncio.timeout(seconds):
            while not self.cursor or not until(self):
                try:
                    await (self._connection(until) if self.cursor else self.load())
                except Closed as closed:
                    if closed.code in (4401, 4404, 401, 403, 404):
                        raise
                    await asyncio.sleep(0.05)
        return self

    async def finish(self, turn: str = "", seconds: float = 20) -> Self:
        """Read until `turn`, or every turn that is known, has ended."""

        def ended(viewer: Self) -> bool:
            turns = [turn] if turn else list(viewer.statuses)
            return bool(turns) and all(
                viewer.statuses.get(each) in ("complete", "stopped", "failed", "interrupted")
                for each in turns
            )

        return await self.watch(ended, seconds)

    @property
    def text(self) -> str:
        """Of the answer that came last."""
        return self.texts[list(self.texts)[-1]]

    async def _connection(self, until: Callable[[Self], bool]) -> None:
        async with aclosing(follow(self.person, self.conversation, self.cursor, self.door)) as frames:
            async for frame in frames:
                if not await self.take(frame) or until(self):
                    return

    async def take(self, frame: Frame) -> bool:
        """False where the connection has to be made anew."""
        self.heard.append(frame)
        kind = frame["type"]
        if kind in STRUCTURAL or (kind == "turn.started" and frame["turn"] not in self.texts):
            self.reloads += 1
            await self.load()
            return False
        if kind == "reconnect":
            return False
        if kind not in PLACELESS:
            assert _is_after(frame["cursor"], self.cursor), f"{frame} came after {self.cursor}"
        self.cursor = frame["cursor"]
        if kind == "delta":
            self.texts[frame["turn"]] = self.texts.get(frame["turn"], "") + frame["text"]
        elif kind == "turn.started":
            self.statuses[frame["turn"]] = "running"
        elif kind == "turn.finished":
            self.statuses[frame["turn"]] = frame["status"]
            self.reasons[frame["turn"]] = frame["reason"]
        return True


def follow(person: Person, conversation: str, after: str, door: Door) -> AsyncGenerator[Frame, None]:
    """The frames of one connection, which ends with `Closed`."""
    doors = {"socket": _socket, "stream": _stream, "poll": _poll}
    return doors[door](person, f"conversations/{conversation}", quote(after))


async def _socket(person: Person, place: str, after: str) -> AsyncGenerator[Frame, None]:
    url = f"ws://127.0.0.1:{person.port}/ws/{place}/?after={after}"
    headers = {"Cookie": person.cookie}
    unacknowledged = 0
    try:
        async with connect(
            url, origin=person.url, additional_headers=headers, max_size=None, close_timeout=1
        ) as socket:  # type: ignore[arg-type]
            async for message in socket:
                frame = json.loads(message)
                unacknowledged += len(message)
                if unacknowledged > ACK_EVERY_CHARS:
                    unacknowledged = 0
                    await socket.send(json.dumps({"type": "ack", "cursor": frame["cursor"]}))
                yield frame
            raise Closed(socket.close_code or 0)
    except ConnectionClosed as error:
        raise Closed(error.rcvd.code if error.rcvd else 0) from error
    except (OSError, InvalidHandshake, EOFError) as error:
        raise Closed(getattr(getattr(error, "response", None), "status_code", 0)) from error


async def _stream(person: Person, place: str, after: str) -> AsyncGenerator[Frame, None]:
    url = f"{person.url}/{place}/events/?after={after}"
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    try:
        async with person.web.get(url, timeout=timeout, headers={"Accept": "text/event-stream"}) as answer:
            if answer.status != 200:
                raise Closed(answer.status)
            fields: dict[str, str] = {}
            while line := await answer.content.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif fields:
                    frame = _frame(fields)
                    fields = {}
                    if frame is not None:
                        yield frame
            raise Closed(0)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Closed(0) from error


def _frame(fields: dict[str, str]) -> Frame | None:
    if "data" not in fields:
        return None
    frame: Frame = json.loads(fields["data"])
    assert fields.get("event") == frame["type"]
    return frame


async def _poll(person: Person, place: str, after: str) -> AsyncGenerator[Frame, None]:
    while True:
        try:
            async with person.web.get(f"{person.url}/{place}/events/poll/?after={after}") as answer:
                if answer.status != 200:
                    raise Closed(answer.status)
                batch = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Closed(0) from error
        for frame in batch["events"]:
            yield frame
        after = quote(batch["cursor"])


def _is_after(later: str, earlier: str) -> bool:
    epoch, _, offset = later.rpartition(":")
    before, _, behind = earlier.rpartition(":")
    return epoch == before and int(offset) > int(behind)


def deaf(person: Person, path: str, upgrade: bool) -> socket.socket:
    """A client that asks for a stream and never reads it, with as little room for it as the kernel allows."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", person.port))
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{person.port}\r\nCookie: {person.cookie}\r\n"
    if upgrade:
        head += f"Origin: {person.url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    client.sendall(head.encode() + b"\r\n")
    return client
