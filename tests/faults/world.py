"""A product with a scripted model server behind it, and what a test asks of the two."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.cluster import Cluster
from tests.faults.model_server import ModelServer
from tests.faults.oracles import Footprint, ends, eventually, exact
from tests.ledger import Ledger, TurnRow
from tests.product import Product, Template
from tests.viewers import Door, Person, Viewer

# Deadlines that a test can wait for.
SHORT = {
    "TURN_CONNECT_SECONDS": "2",
    "TURN_FIRST_TOKEN_SECONDS": "1.5",
    "TURN_IDLE_SECONDS": "1.5",
    "TURN_LEASE_SECONDS": "3",
    "TURN_RETRIES": "1",
    "TURNS_PER_USER": "1000",
    "VIEWERS_PER_USER": "2000",
}
CONNECT = """
import json
from chat.models import Model, Provider
provider = Provider(name={name!r}, kind="openai", base_url={url!r})
provider.key = {key!r}
provider.save()
made = [Model.objects.create(provider=provider, name=name) for name in {models!r}]
print(json.dumps({{model.name: str(model.pk) for model in made}}))
"""
KEY = "sk-canary-0123456789abcdef"


class World:
    def __init__(self, product: Product | Cluster, models: ModelServer) -> None:
        self.product = product
        self.models = models
        self.ledger = Ledger(product.address, product.environment.get("REDIS_URL", ""))
        self.names: dict[str, str] = {}

    @property
    def log(self) -> str:
        return self.product.said

    def footprint(self) -> Footprint:
        redis = self.product.environment.get("REDIS_URL", "")
        return Footprint(*self.product.pids, pool=urlsplit(redis).port or 0)

    def connect(self, name: str, url: str, models: list[str]) -> None:
        """Another model server, as an administrator adds it."""
        code = CONNECT.format(name=name, url=url, models=models, key=KEY)
        said = self.product.manage("shell", "--verbosity=0", "-c", code)
        self.names |= json.loads(said.strip().splitlines()[-1])

    async def begin(self, person: Person, model: str, text: str = "Go on.", door: Door = "socket") -> Viewer:
        """A new chat with a model, and its page open."""
        conversation = await person.start(text, model=self.names[model])
        viewer = Viewer(person, conversation, door)
        await viewer.load()
        return viewer

    def last(self, viewer: Viewer) -> TurnRow:
        return self.ledger.turns(viewer.conversation)[-1]

    async def outcome(self, viewer: Viewer, seconds: float = 20) -> TurnRow:
        """The end of the chat's last turn, with what holds after any: one end, one text."""
        turn = self.last(viewer).turn
        row = await ends(self.ledger, turn, seconds)
        await viewer.finish(turn)
        await exact(self.ledger, row, [viewer], viewer.person)
        return row

    async def asked(self, model: str, times: int = 1, seconds: float = 10) -> None:
        """Until the model server has been asked so often."""
        await eventually(
            lambda: len(self.models.asked(model)) >= times, seconds, f"{times} requests to {model}"
        )


@contextmanager
def open_world(
    template: Template,
    directory: Path,
    environment: Mapping[str, str],
    models: ModelServer,
    place: type[Product] | type[Cluster] = Product,
) -> Iterator[World]:
    with models.serving(), place(template, directory, **environment) as product:
        world = World(product, models)
        world.connect("scripted", models.url, list(models.scripts))
        yield world
