"""What an installation stands on: settings, database, disk, static files, Redis."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from .findings import Finding, failed, ok, warning

LOW_BYTES, LEAST_BYTES = 2 * 1024**3, 200 * 1024**2
SECRET_CHARS = 50
A_MODULE = "js/shell/app.js"


def findings() -> Iterator[Finding]:
    database = list(_database())
    yield from database
    yield from _settings(asks=database[0].state == "ok")
    yield _secret()
    yield _data()
    yield _static()
    if settings.REDIS_URL:
        # Its checks of version, policy and persistence are among those of the settings.
        yield _redis()


def _settings(asks: bool) -> Iterator[Finding]:
    """All that `check` knows, keys of providers and Redis included where `asks`: those need the database."""
    databases = ["default"] if asks else None
    told = checks.run_checks(databases=databases, include_deployment_checks=settings.HTTPS)
    found = [message for message in told if message.level >= checks.WARNING]
    for message in found:
        make = failed if message.level >= checks.ERROR else warning
        yield make("settings", f"{message.msg} ({message.id})", *([message.hint] if message.hint else []))
    if not found:
        yield ok("settings", "They make sense.")


def _secret() -> Finding:
    path = settings.DATA_DIR / "secret_key"
    if path.exists() and path.stat().st_mode & 0o077:
        return failed("secret", f"{path} can be read by others.", f"chmod 600 {path}")
    if len(settings.SECRET_KEY) < SECRET_CHARS:
        return warning(
            "secret", "SECRET_KEY is short.", "Take 50 characters or more, at random; keep the old one in "
            "SECRET_KEY_FALLBACKS."
        )  # fmt: skip
    return ok("secret", "It is there, long enough, and its owner's alone.")


def _database() -> Iterator[Finding]:
    kind = connection.vendor
    try:
        missing = _missing_migrations()
        if not missing:
            _write()
    except DatabaseError as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        yield failed("database", f"It cannot be used: {words[0]}", "See DATABASE_URL in docs/settings.md.")
        return
    if missing:
        yield failed(
            "database", f"{len(missing)} migration(s) are missing, first {missing[0]}.", "manage.py migrate"
        )
        return
    yield ok("database", f"{kind} answers, can be written, and has all migrations.")
    yield _journal_mode() if kind == "sqlite" else _connections()


def _missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _write() -> None:
    """For a moment: it is taken back."""
    with transaction.atomic():
        Session.objects.create(
            session_key="doctor", session_data="", expire_date=timezone.now() - timedelta(1)
        )
        transaction.set_rollback(True)


def _journal_mode() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if mode != "wal":
        return failed(
            "database", f"Its journal mode is {mode}, not wal.", "Put DATA_DIR on a local disk, not on a network's."
        )  # fmt: skip
    return ok("database", "Its journal mode is WAL.")


def _connections() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity")
        used, most = cursor.fetchone()
    a_process = settings.DATABASE_CONNECTIONS
    text = f"{used} of {most} connections are in use; a process of ours takes up to {a_process}."
    if most - used < a_process:
        return warning(
            "database", text, "Raise max_connections of PostgreSQL, or lower DATABASE_CONNECTIONS here."
        )
    return ok("database", text)


def _data() -> Finding:
    try:
        with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(b"doctor")
    except OSError as error:
        return failed("data", f"DATA_DIR={settings.DATA_DIR} cannot be written: {error.strerror}.")
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"DATA_DIR={settings.DATA_DIR} can be written and has {free / 1024**3:.1f} GB left."
    if free < LEAST_BYTES:
        return failed("data", text, "Make room before the database needs it.")
    return warning("data", text, "Make room soon.") if free < LOW_BYTES else ok("data", text)


def _static() -> Finding:
    mend = "manage.py collectstatic --noinput"
    try:
        name = staticfiles_storage.url(A_MODULE).removeprefix(settings.STATIC_URL)
        there = staticfiles_storage.exists(name)
    except (ValueError, OSError):
        there = False
    if not there:
        return failed("static", f"STATIC_ROOT={settings.STATIC_ROOT} has not all files.", mend)
    return ok("static", "They are collected.")


def _redis() -> Finding:
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3)
    try:
        with client:
            began = timezone.now()
            version = client.info("server")["redis_version"]
            ms = (timezone.now() - began).total_seconds() * 1000
    except redis.RedisError as error:
        # Without its words, in which the address may stand with its password.
        return failed(
            "redis", f"It does not answer: {type(error).__name__}.", "See REDIS_URL in docs/settings.md."
        )
    return ok("redis", f"Redis {version} answers in {ms:.0f} ms.")
