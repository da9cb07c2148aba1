"""The product with its journal in a Redis that a test can break, and a wire between the two that it can cut."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.model_server import ModelServer, Script
from tests.faults.oracles import ends
from tests.faults.world import SHORT, World, open_world
from tests.ledger import Ledger, TurnRow
from tests.product import Template
from tests.proxy import Proxy
from tests.reading import read
from tests.servers import RedisServer
from tests.viewers import DOORS, Person, Viewer


class RedisLedger(Ledger):
    """Rows are in the database, events in Redis."""

    def __init__(self, data: Path, redis: RedisServer) -> None:
        super().__init__(data)
        self._redis = redis

    def events(self, conversation: str) -> list[dict[str, Any]]:
        with self._redis.client() as client:
            entries = client.xrange(f"rivulet:log:conversation:{conversation}")
        return [json.loads(fields["e"]) for _, fields in entries]


@dataclass
class Rig:
    world: World
    redis: RedisServer
    wire: Proxy

    async def three(self, person: Person, model: str) -> list[Viewer]:
        """Replies that are under way, each followed through another door."""
        viewers = [await self.world.begin(person, model, door=door) for door in DOORS]
        for viewer in viewers:
            await viewer.watch(lambda viewer: len(viewer.text) > 60)
        return viewers

    async def agree(self, viewers: list[Viewer], text: str) -> None:
        """The row, every viewer and a page that is loaded now have one text; the log may have begun in its midst."""
        for viewer in viewers:
            row = await ends(self.world.ledger, self.turn(viewer).turn)
            await viewer.finish(row.turn)
            assert (row.status, row.text) == ("complete", text)
            assert viewer.texts[row.turn] == text, f"the viewer over {viewer.door} differs"
            assert viewer.statuses[row.turn] == row.status
            page = await viewer.person.open(row.conversation)
            shown = next(shown for shown in page.messages if shown.turn == row.turn)
            assert (shown.text, shown.status) == (read(text), row.status), "the page differs"

    def copy(self, redis: RedisServer, viewer: Viewer) -> str:
        """The text of a reply as another Redis has it."""
        return RedisLedger(self.world.product.data, redis).journalled(self.turn(viewer))

    def turn(self, viewer: Viewer) -> TurnRow:
        return self.world.ledger.turns(viewer.conversation)[-1]


@contextmanager
def open_rig(
    template: Template, directory: Path, scripts: dict[str, Script], **environment: str
) -> Iterator[Rig]:
    with RedisServer(directory / "redis") as redis, Proxy(redis.port) as wire:
        settings = SHORT | {"REDIS_URL": f"redis://127.0.0.1:{wire.port}/0"} | environment
        with open_world(template, directory, settings, ModelServer(scripts)) as world:
            world.ledger = RedisLedger(world.product.data, redis)
            yield Rig(world, redis, wire)
