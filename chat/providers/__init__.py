"""Which adapter speaks to which server."""

import asyncio
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Adapter, Options, Provider

__all__ = ["Provider", "close_providers", "kinds", "load", "make_provider", "provider_class", "provider_for"]

Opened = dict[tuple[str, str, str], Provider]

# A connection belongs to the event loop that it was opened in.
_open: WeakKeyDictionary[asyncio.AbstractEventLoop, Opened] = WeakKeyDictionary()


def kinds() -> list[tuple[str, str]]:
    """Each kind of settings.PROVIDERS with its name for people, as a form's choices."""
    return [(kind, provider_class(kind).label) for kind in settings.PROVIDERS]


def load(kinds: Iterable[str]) -> None:
    """Import these adapters and their SDKs now: half a second that a first turn would otherwise wait for, and with it
    whatever else its process does. What settings.PROVIDERS does not name is left out."""
    for kind in settings.PROVIDERS.keys() & kinds:
        import_string(settings.PROVIDERS[kind])


def provider_for(kind: str, base_url: str = "", key: str = "") -> Provider:
    """The provider of this configuration and event loop, with the connections it has open. It is shared."""
    providers = _open.setdefault(asyncio.get_running_loop(), {})
    wanted = (kind, base_url, key)
    if wanted not in providers:
        providers[wanted] = make_provider(*wanted)
    return providers[wanted]


def make_provider(kind: str, base_url: str = "", key: str = "") -> Provider:
    """A provider of one's own, to be closed with `aclose`."""
    options = Options(settings.TURN_CONNECT_SECONDS, settings.DEMO_TOKENS_PER_SECOND)
    return provider_class(kind)(base_url, key, options)


def provider_class(kind: str) -> type[Adapter]:
    """ValueError for a kind that settings.PROVIDERS does not name."""
    if kind not in settings.PROVIDERS:
        raise ValueError(f"no provider of kind {kind!r}")
    found: type[Adapter] = import_string(settings.PROVIDERS[kind])
    return found


async def close_providers() -> None:
    """Close what this event loop has open."""
    for provider in _open.pop(asyncio.get_running_loop(), {}).values():
        await provider.aclose()
