"""Several processes on one Redis: some serve, others make replies, with a scripted model server and the cast."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults.model_server import ModelServer
from tests.faults.scripts import endless, paced, quick, silent_after_headers
from tests.faults.world import SHORT, World
from tests.pages import Shown
from tests.product import PASSWORD, Product, Template, Worker
from tests.servers import RedisServer
from tests.viewers import Person, Viewer

SCRIPTS = {
    "endless": endless,
    "long": paced(60),
    "short": paced(25),
    "quick": quick,
    "silent": silent_after_headers,
}
ENVIRONMENT = {**SHORT, "TURN_FIRST_TOKEN_SECONDS": "60", "WORKER_DRAIN_SECONDS": "1.5"}
Enter = Callable[..., Awaitable[Person]]


class Site(World):
    """One process that serves, as the `product` of a world, and two that make replies. More of either can be begun."""

    def __init__(self, product: Product, models: ModelServer, redis: RedisServer, stack: ExitStack) -> None:
        super().__init__(product, models)
        self.redis = redis
        self.workers: list[Worker] = []
        self._stack = stack

    def add_worker(self) -> Worker:
        worker = self._stack.enter_context(self.product.worker())
        self.workers.append(worker)
        return worker

    def add_web(self) -> Product:
        return self._stack.enter_context(self.product.beside())

    def limit(self, turns_at_once: int | None) -> None:
        """As an administrator sets it."""
        sql = "UPDATE chat_provider SET turns_at_once = ? WHERE name = 'scripted'"
        self.ledger.write(sql, [turns_at_once])

    def busy(self) -> Worker:
        """The worker that has a connection to the model server."""
        return next(worker for worker in self.workers if self._is_connected(worker))

    def _is_connected(self, worker: Worker) -> bool:
        connections = psutil.Process(worker.pid).net_connections("tcp")
        return any(
            c.raddr and c.raddr.port == self.models.port and c.status == "ESTABLISHED" for c in connections
        )

    async def shown(self, viewer: Viewer, turn: str) -> Shown:
        page = await viewer.person.open(viewer.conversation)
        return next(shown for shown in page.messages if shown.turn == turn)


@contextmanager
def open_site(template: Template, directory: Path, workers: int = 2, **environment: str) -> Iterator[Site]:
    models = ModelServer(dict(SCRIPTS))
    with ExitStack() as stack:
        stack.enter_context(models.serving())
        redis = stack.enter_context(RedisServer())
        product = Product(template, directory, REDIS_URL=redis.url, **(ENVIRONMENT | environment))
        product.flags = ("--no-worker",)
        site = Site(stack.enter_context(product), models, redis, stack)
        site.connect("scripted", models.url, list(models.scripts))
        for _ in range(workers):
            site.add_worker()
        yield site


@pytest.fixture(scope="module")
def site(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(template, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Somebody signed in, through the front door: `alice = await enter(site, "alice")`."""
    async with AsyncExitStack() as stack:

        async def enter(site: Site, name: str, url: str = "") -> Person:
            person = await stack.enter_async_context(Person(url or site.product.url))
            return await person.sign_in(name, PASSWORD)

        yield enter
