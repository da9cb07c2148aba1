"""People who ask and read on, whatever happens to the processes that answer them."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

from tests.faults.world import World
from tests.pages import Page
from tests.product import CAST, PASSWORD
from tests.viewers import DOORS, Person, Viewer

AGAIN_SECONDS = 0.2
PATIENCE_SECONDS = 90.0


class Witness(Viewer):
    """Notes where a page takes back what had been shown. One that is loaded while the journal is away shows rows, which may
    lack the newest second, and loads itself again."""

    def __init__(self, person: Person, conversation: str, door: str) -> None:
        super().__init__(person, conversation, door)
        self.taken_back: list[tuple[str, str]] = []

    async def load(self) -> Page:
        before = dict(self.texts)
        page = await super().load()
        if page.cursor.startswith("reload:"):
            self.texts |= {turn: text for turn, text in before.items() if text.startswith(self.texts[turn])}
            return page
        for turn, text in before.items():
            if not self.texts[turn].startswith(text):
                self.taken_back.append((text, self.texts[turn]))
        return page


@dataclass
class Asked:
    """One question, asked under one key as often as it takes, and who reads the answer."""

    text: str
    key: str
    conversation: str = ""
    refused: Counter[int] = field(default_factory=Counter)
    viewers: list[Witness] = field(default_factory=list)


class Crowd:
    """`readers` look on at each reply, each over another transport. Two crowds of one seed would ask under the same keys, and
    so be answered once."""

    def __init__(self, world: World, model: str, seed: int, readers: int = 1) -> None:
        self.world = world
        self.asked: list[Asked] = []
        self.before: set[str] = set()
        self._model = model
        self._readers = readers
        self._chance = random.Random(seed)
        self._people: list[Person] = []
        self._closing = asyncio.Event()

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator["Crowd"]:
        self.before = {row.conversation for row in self.world.ledger.every_turn()}
        async with AsyncExitStack() as stack:
            for name in CAST:
                person = await stack.enter_async_context(Person(self.world.product.url))
                self._people.append(await person.sign_in(name, PASSWORD))
            yield self

    def begin(self, at_once: int) -> list[asyncio.Task[None]]:
        """So many replies all the time, until `close`."""
        return [asyncio.create_task(self._go_on()) for _ in range(at_once)]

    def close(self) -> None:
        """What was asked is still read to its end."""
        self._closing.set()

    async def _go_on(self) -> None:
        while not self._closing.is_set():
            await self.read_one()

    async def read_one(self) -> Asked:
        key = uuid.UUID(int=self._chance.getrandbits(128)).hex
        asked = Asked(f"What about {key}?", key)
        self.asked.append(asked)
        person = self._chance.choice(self._people)
        with suppress(TimeoutError):  # then the verdict finds a viewer without an end
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._send(person, asked)
                doors = self._chance.sample(DOORS, self._readers)
                asked.viewers = [Witness(person, asked.conversation, door) for door in doors]
                await asyncio.gather(*(viewer.finish(seconds=PATIENCE_SECONDS) for viewer in asked.viewers))
        return asked

    async def _send(self, person: Person, asked: Asked) -> None:
        """As a browser does whose answer is lost: the same text under the same key."""
        while not asked.conversation:
            form = {"text": asked.text, "key": asked.key, "model": self.world.names[self._model]}
            status = 0
            with suppress(aiohttp.ClientError, TimeoutError):
                page = await person.post("/conversations/", **form)
                status = page.status
                if status == 303:
                    asked.conversation = page.url.strip("/").split("/")[-1]
                    return
            asked.refused[status] += 1
            await asyncio.sleep(AGAIN_SECONDS)
