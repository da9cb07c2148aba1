"""How the database is reached, for settings.py."""

from pathlib import Path
from typing import Any

import dj_database_url

# WAL alone locks up under many writers; IMMEDIATE with a long busy timeout does not. Checkpoints are made by the
# background of the serving process, so that no writer stalls on one.
SQLITE: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
        "PRAGMA cache_size=-4000; PRAGMA mmap_size=134217728;"
    ),
}
POSTGRESQL: dict[str, Any] = {
    "application_name": "rivulet",
    "connect_timeout": 5,
    "tcp_user_timeout": 30_000,
    # A process that was put to sleep amid a transaction must not keep its locks, nor a migration wait for one for ever.
    "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=15s",
}
POOL: dict[str, Any] = {
    "min_size": 1,
    "max_idle": 60,
    "timeout": 10,
    # Then it is tried anew whenever somebody asks, rather than after pauses that double.
    "reconnect_timeout": 2,
}


def database(url: str, data: Path, connections: int) -> dict[str, Any]:
    """Django's entry for a DATABASE_URL, or for a file among the data. What the URL says comes before ours."""
    found: dict[str, Any] = {**dj_database_url.parse(url or f"sqlite:///{data / 'rivulet.sqlite3'}")}
    if found["ENGINE"].endswith("sqlite3"):
        found |= {"OPTIONS": SQLITE, "TEST": {"NAME": str(data / "test.sqlite3")}}
    if found["ENGINE"].endswith("postgresql"):
        pool = {**POOL, "max_size": connections}
        found |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
        found["OPTIONS"] = {**POSTGRESQL, "pool": pool, **found.get("OPTIONS", {})}
    return found
