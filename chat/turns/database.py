"""Where the ORM calls of all turns run: a few threads of their own, away from the requests'."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections, connection

T = TypeVar("T")
_threads = ThreadPoolExecutor(4, thread_name_prefix="turns")


async def in_database(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: _call(work, *args, **kwargs))


def _call(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    try:
        return work(*args, **kwargs)
    finally:
        # SQLite's connections are kept: opening one costs more than most calls.
        if connection.vendor != "sqlite" or connection.errors_occurred:
            close_old_connections()
