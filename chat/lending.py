"""The connections to the database, of which PostgreSQL has few and threads have one each while they need it."""

from django.db import connection

_lost = 0


def lend() -> None:
    """Give this thread's connection to those who want one; the next query takes another.

    For a thread that is about to wait for another thread that uses the database, or for a client. If all connections were
    held by those who wait for the others, nobody would ever go on.
    """
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()


def replace_lost() -> None:
    """Where one connection of the pool is dead, as after a restart of PostgreSQL, so are the others. The pool finds them one
    by one, and lets whoever comes upon several in a row wait for longer each time."""
    global _lost
    pool = getattr(connection, "pool", None)
    if pool is None or pool.closed:
        return
    lost = pool.get_stats().get("connections_lost", 0)
    if lost != _lost:
        _lost = lost
        pool.drain()
