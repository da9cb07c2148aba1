"""Asking a model server what it offers."""

import asyncio

from asgiref.sync import async_to_sync

from chat.models import Provider
from chat.providers import make_provider
from chat.providers.base import ProviderError

SECONDS = 10


def synchronise(provider: Provider) -> tuple[list[str], list[str]]:
    """Add what the server offers and is not known, for an administrator to enable. The names that were added, and
    those that the server offers no more, which are kept: conversations refer to them. Raises ProviderError."""
    offered = set(async_to_sync(_offered)(provider.kind, provider.base_url, provider.key))
    known = set(provider.models.values_list("name", flat=True))
    added = sorted(offered - known)
    for name in added:
        provider.models.create(name=name[:200], enabled=False)
    return added, sorted(known - offered) if offered else []


async def _offered(kind: str, base_url: str, key: str) -> list[str]:
    server = make_provider(kind, base_url, key)
    try:
        async with asyncio.timeout(SECONDS):
            return await server.models()
    except TimeoutError as error:
        raise ProviderError(f"The server did not answer within {SECONDS} s.", reason="timeout") from error
    finally:
        await server.aclose()
