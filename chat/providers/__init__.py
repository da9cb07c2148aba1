"""Which adapter speaks to which server."""

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings

from .base import Provider
from .demo import DemoProvider
from .openai import OpenAIProvider

__all__ = ["Provider", "close_providers", "make_provider", "provider_for"]

Opened = dict[tuple[str, str, str], Provider]

# A connection belongs to the event loop that it was opened in.
_open: WeakKeyDictionary[asyncio.AbstractEventLoop, Opened] = WeakKeyDictionary()


def provider_for(kind: str, base_url: str = "", key: str = "") -> Provider:
    """The provider of this configuration and event loop, with the connections it has open. It is shared."""
    providers = _open.setdefault(asyncio.get_running_loop(), {})
    wanted = (kind, base_url, key)
    if wanted not in providers:
        providers[wanted] = make_provider(*wanted)
    return providers[wanted]


def make_provider(kind: str, base_url: str = "", key: str = "") -> Provider:
    """A provider of one's own, to be closed with `aclose`."""
    if kind == "demo":
        return DemoProvider(settings.DEMO_TOKENS_PER_SECOND)
    if kind == "openai":
        return OpenAIProvider(base_url or "https://api.openai.com/v1", key, settings.TURN_CONNECT_SECONDS)
    raise ValueError(f"no provider of kind {kind!r}")


async def close_providers() -> None:
    """Close what this event loop has open."""
    for provider in _open.pop(asyncio.get_running_loop(), {}).values():
        await provider.aclose()
