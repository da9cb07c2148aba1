import uuid

import pytest

from chat.journal.database import DatabaseJournal
from chat.journal.memory import MemoryJournal


@pytest.fixture(params=[MemoryJournal, DatabaseJournal], ids=["memory", "database"])
def kind(request, transactional_db):
    """Each member of the family."""
    return request.param


@pytest.fixture
def topic() -> str:
    return f"topic:{uuid.uuid4()}"
