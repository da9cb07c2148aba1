"""The product with its journal in a Redis that a test can break, and a wire between the two that it can cut."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.model_server import ModelServer, Script
from tests.faults.oracles import ends
from tests.faults.world import SHORT, World, open_world
from tests.ledger import Ledger, TurnRow
from tests.product import Template
from tests.proxy import Proxy
from tests.reading import read
from tests.servers import RedisServer
from tests.viewers import DOORS, Person, Viewer


@dataclass
class Rig:
    world: World
    redis: RedisServer
    wire: Proxy

    async def three(self, person: Person, model: str) -> list[Viewer]:
        """Replies that are under way, each followed through another door."""
        viewers = await asyncio.gather(*(self.world.begin(person, model, door=door) for door in DOORS))
        await asyncio.gather(*(viewer.watch(lambda viewer: len(viewer.text) > 60) for viewer in viewers))
        return viewers

    async def agree(self, viewers: list[Viewer], text: str, status: str = "complete") -> None:
        """The row, every viewer and a page that is loaded now have one text, a whole one where it is complete; the log may
        have begun in its midst."""
        for viewer in viewers:
            row = await ends(self.world.ledger, self.turn(viewer).turn)
            await viewer.finish(row.turn)
            assert row.status == status
            assert row.text == text if status == "complete" else text.startswith(row.text)
            assert viewer.texts[row.turn] == row.text, f"the viewer over {viewer.door} differs"
            assert viewer.statuses[row.turn] == row.status
            page = await viewer.person.open(row.conversation)
            shown = next(shown for shown in page.messages if shown.turn == row.turn)
            assert (shown.text, shown.status) == (read(row.text), row.status), "the page differs"

    def copy(self, redis: RedisServer, viewer: Viewer) -> str:
        """The text of a reply as another Redis has it."""
        return Ledger(self.world.product.address, redis_url=redis.url).journalled(self.turn(viewer))

    def turn(self, viewer: Viewer) -> TurnRow:
        return self.world.ledger.turns(viewer.conversation)[-1]


@contextmanager
def open_rig(
    template: Template, directory: Path, scripts: dict[str, Script], **environment: str
) -> Iterator[Rig]:
    with RedisServer(directory / "redis") as redis, Proxy(redis.port) as wire:
        settings = SHORT | {"REDIS_URL": f"redis://127.0.0.1:{wire.port}/0"} | environment
        with open_world(template, directory, settings, ModelServer(scripts)) as world:
            # It asks Redis itself, also while the wire is cut.
            world.ledger = Ledger(world.product.address, redis_url=redis.url)
            yield Rig(world, redis, wire)
