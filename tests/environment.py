"""Loaded before the settings: the tests of this process have data of their own, never the data of a chat."""

import atexit
import os
from pathlib import Path

from tests.servers import PostgresServer

os.environ["DATA_DIR"] = str(Path(__file__).resolve().parent.parent / ".artifacts" / "tests")
for name in (
    *("SECRET_KEY", "DATABASE_URL", "REDIS_URL"),
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "ANTHROPIC_API_KEY"),
):
    os.environ.pop(name, None)
# Tests ask for more in a minute than people do; those of limits set them.
for name in ("MESSAGES", "UPLOADS", "SEARCHES", "TRANSFERS", "API", "ANONYMOUS"):
    os.environ[f"{name}_PER_MINUTE"] = "0"

# TEST_TOPOLOGY=cluster: what tests/faults breaks is a tests.cluster.Cluster instead of one process.
on_cluster = os.environ.get("TEST_TOPOLOGY") == "cluster"
# TEST_DATABASE=postgresql: the tests of this process, and each product, have their databases there. A cluster has no other.
postgres: PostgresServer | None = None
if on_cluster or os.environ.get("TEST_DATABASE") == "postgresql":
    postgres = PostgresServer().__enter__()
    atexit.register(postgres.__exit__)
    os.environ["DATABASE_URL"] = postgres.url
