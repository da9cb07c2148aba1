"""System checks: settings that cannot work say so at start-up. Each id has a line in docs/settings.md."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.http.request import validate_host
from django.utils.module_loading import import_string

POSITIVE = (
    *("TURN_CONNECT_SECONDS", "TURN_FIRST_TOKEN_SECONDS", "TURN_IDLE_SECONDS", "TURN_TOTAL_SECONDS"),
    *("TURN_MAX_BYTES", "TURN_LEASE_SECONDS", "TURNS_PER_USER", "MESSAGE_MAX_CHARS", "BODY_MAX_BYTES"),
    *("VIEWERS_PER_USER", "VIEWER_ACK_SECONDS", "VIEWER_HEARTBEAT_SECONDS", "VIEWER_CHECK_SECONDS"),
    *("SSE_MAX_SECONDS", "POLL_SECONDS", "JOURNAL_KEEP_SECONDS"),
    *(
        "DATABASE_CONNECTIONS",
        "DEMO_TOKENS_PER_SECOND",
        "IMPORT_MAX_BYTES",
        "TEMPORARY_KEEP_SECONDS",
        "API_AT_ONCE",
    ),
    *("TOOL_ROUNDS", "TOOL_SECONDS", "TOOL_RESULT_MAX_CHARS", "TOOL_APPROVAL_SECONDS", "WORKER_TURNS"),
    *("CLIENT_HEAD_SECONDS", "CLIENT_IDLE_SECONDS", "CLIENT_UNREAD_SECONDS", "PAGES_AT_ONCE"),
    *("ATTACHMENT_MAX_BYTES", "ATTACHMENTS_PER_MESSAGE", "ATTACHMENTS_USER_MAX_BYTES"),
)
SHORTEST_LEASE = 1
# The threads that keep turns, and the one that looks who may read on.
BESIDE_PAGES = 5
OLDEST_REDIS = (6, 2)
REVOKED_WITHIN = 5  # seconds, the promise of the design for streams that are open


@register
def numbers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found = [
        _error(f"{name} must be greater than 0.", 1) for name in POSITIVE if getattr(settings, name) <= 0
    ]
    if settings.TURN_LEASE_SECONDS < SHORTEST_LEASE:
        found.append(
            _error(f"TURN_LEASE_SECONDS must be at least {SHORTEST_LEASE}, to be renewed in time.", 2)
        )
    if settings.MESSAGE_MAX_CHARS > settings.BODY_MAX_BYTES:
        found.append(_error("A message of MESSAGE_MAX_CHARS does not fit into BODY_MAX_BYTES.", 3))
    if settings.VIEWER_CHECK_SECONDS >= REVOKED_WITHIN:
        found.append(_error(f"VIEWER_CHECK_SECONDS must be under {REVOKED_WITHIN}.", 4))
    if settings.LOG_FORMAT not in ("line", "json"):
        found.append(_error("LOG_FORMAT must be line or json.", 31))
    if settings.TURN_TOTAL_SECONDS < settings.TURN_FIRST_TOKEN_SECONDS:
        found.append(_warning("TURN_TOTAL_SECONDS is shorter than TURN_FIRST_TOKEN_SECONDS.", 5))
    if max(settings.POLL_SECONDS, settings.SSE_MAX_SECONDS) > settings.JOURNAL_KEEP_SECONDS:
        found.append(_warning("JOURNAL_KEEP_SECONDS is shorter than POLL_SECONDS or SSE_MAX_SECONDS.", 6))
    has_pool = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    if has_pool and settings.DATABASE_CONNECTIONS < settings.PAGES_AT_ONCE + BESIDE_PAGES:
        found.append(_warning("DATABASE_CONNECTIONS are too few: pages may take those of the replies.", 12))
    return found


@register
def extensions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Providers and tools of others. Ours are there, and some take a second to load."""
    named = [("PROVIDERS", path) for path in settings.PROVIDERS.values()]
    named += [("TOOLS", path) for path in settings.TOOLS]
    return [
        _error(f"{setting}: {path} cannot be loaded: {problem}", 11)
        for setting, path in named
        if not path.startswith("chat.") and (problem := _problem_of(path))
    ]


def _problem_of(path: str) -> str:
    try:
        import_string(path)
    except Exception as error:  # whatever its module does
        return f"{type(error).__name__}: {error}"
    return ""


@register(Tags.security)
def origins(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [message for origin in settings.CSRF_TRUSTED_ORIGINS for message in _about_origin(origin)]


@register(Tags.security)
def debugging(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG and settings.HTTPS:
        return [_error("DEBUG is on although CSRF_TRUSTED_ORIGINS says that the site is public.", 9)]
    return []


@register(Tags.database)
def provider_keys(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Part of `check --database default` and of `migrate`, before which there may be no table yet."""
    from .models import Provider

    if not databases or "default" not in databases:
        return []
    if Provider._meta.db_table not in connections["default"].introspection.table_names():
        return []
    # Of a database that is about to be migrated, other columns may not be there yet.
    sealed = Provider.objects.exclude(key_sealed="").only("name", "key_sealed")
    lost = [provider for provider in sealed if not provider.key]
    return [
        _warning(f"The key of {provider} cannot be read: SECRET_KEY has changed.", 10) for provider in lost
    ]


@register(Tags.database)
def redis(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Asked where the database is asked: at each start of a process that serves, and no command waits for it otherwise."""
    if not settings.REDIS_URL or not databases:
        return []
    # Imported late: one process alone has no use for it.
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
    from redis.retry import Retry

    once: dict[str, Any] = {"retry": Retry(NoBackoff(), 0), "socket_timeout": 2, "socket_connect_timeout": 2}
    try:
        with Redis.from_url(settings.REDIS_URL, decode_responses=True, **once) as client:
            return list(_about_redis(client.info()))
    except ValueError:
        # Its own words may quote the address, and with it the password.
        return [_error("REDIS_URL is not of the form redis://:password@host:6379/0.", 41)]
    except (AuthenticationError, NoPermissionError) as error:
        return [_error(f"REDIS_URL: Redis does not let us in: {error}", 42)]
    except (RedisError, OSError) as error:
        return [
            _warning(f"REDIS_URL: Redis does not answer, and no reply is made before it does: {error}", 45)
        ]


def _about_redis(info: dict[str, Any]) -> Iterator[CheckMessage]:
    version, policy = str(info["redis_version"]), str(info.get("maxmemory_policy"))
    if tuple(map(int, version.split(".")[:2])) < OLDEST_REDIS:
        yield _error(f"Redis {version} is too old: it has to be 6.2 or newer.", 43)
    if info.get("redis_mode") == "cluster":
        yield _error("REDIS_URL is a Redis Cluster: it has to be one primary.", 46)
    if policy.startswith("allkeys"):
        yield _error(f"Redis may drop replies that are under way: its maxmemory-policy is {policy}.", 44)
    if not info.get("aof_enabled"):
        yield _warning(
            "Redis keeps no log of what it is told (appendonly no) and forgets it when it ends.", 47
        )


def _about_origin(origin: str) -> Iterator[CheckMessage]:
    url = urlsplit(origin)
    host = url.hostname or ""
    if (
        url.scheme not in {"http", "https"}
        or not host
        or origin != f"{url.scheme}://{url.netloc}"
        or url.username
    ):
        yield _error(f"CSRF_TRUSTED_ORIGINS: {origin!r} is not of the form https://chat.example.org.", 7)
    elif "*" not in host and not validate_host(host, settings.ALLOWED_HOSTS):
        yield _warning(f"{host} is in CSRF_TRUSTED_ORIGINS and not in ALLOWED_HOSTS.", 8)


def _error(text: str, number: int) -> CheckMessage:
    return Error(text, id=f"rivulet.E{number:03}")


def _warning(text: str, number: int) -> CheckMessage:
    return Warning(text, id=f"rivulet.W{number:03}")
