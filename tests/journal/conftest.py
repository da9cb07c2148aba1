import uuid
from collections.abc import Iterator

import pytest

from chat.journal.database import DatabaseJournal
from chat.journal.memory import MemoryJournal
from chat.journal.redis import RedisJournal
from tests.servers import RedisServer


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as redis:
        yield redis


def at(redis: RedisServer) -> type[RedisJournal]:
    """One site of those that a Redis may serve; each of its journals stands for a process."""
    prefix = f"{uuid.uuid4()}:"

    class Here(RedisJournal):
        def __init__(self) -> None:
            super().__init__(redis.url, prefix)

    return Here


@pytest.fixture(params=["memory", "database", "redis"])
def kind(request, transactional_db):
    """Each member of the family."""
    if request.param == "redis":
        return at(request.getfixturevalue("redis"))
    return {"memory": MemoryJournal, "database": DatabaseJournal}[request.param]


@pytest.fixture(params=["database", "redis"])
def shared(request, transactional_db):
    """Those of which two journals stand for two processes."""
    return at(request.getfixturevalue("redis")) if request.param == "redis" else DatabaseJournal


@pytest.fixture
def topic() -> str:
    return f"topic:{uuid.uuid4()}"
