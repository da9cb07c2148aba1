"""Asking a model server what it offers."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chat.models import Model, Provider
from chat.providers import make_provider
from chat.providers.base import ProviderError
from chat.providers.listing import Catalogue, Offer

SECONDS = 10
# A gateway lists hundreds, and nobody wants all of them in a menu.
MOST_ENABLED = 20
# Servers list these beside the models that chat. They are added, but not enabled.
NO_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|moderation|transcri|realtime|image|audio|rerank|sora|babbage|davinci",
    re.IGNORECASE,
)
TOLD = ("context_window", "max_output", "input_price", "output_price")
CAPABILITIES = ("takes_tools", "takes_images", "reasons")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Names of models: those that are new, those of them that may be used at once, those that are no longer offered, and
    those that are offered again."""

    added: Sequence[str] = ()
    enabled: Sequence[str] = ()
    gone: Sequence[str] = ()
    back: Sequence[str] = ()

    def sentences(self) -> list[str]:
        """What is new; for what is gone the callers have a louder voice."""
        waiting = [name for name in self.added if name not in self.enabled]
        told = [(self.enabled, "added and enabled"), (waiting, "added, to be enabled"), (self.back, "back")]
        return [f"{listed(names)} {what}" for names, what in told if names] or ["nothing new"]


def listed(names: Sequence[str]) -> str:
    """Their number and the first of them."""
    return f"{len(names)} ({', '.join(names[:10])}{', …' if len(names) > 10 else ''})"


def synchronise(provider: Provider) -> Outcome:
    """Take over what the server lists. Raises ProviderError.

    Of the first list those models that chat are enabled, twenty at most; what comes later waits for an administrator. What
    the server once listed and does no more is marked as gone: replies refer to it. A server without a list says nothing.
    """
    offers = async_to_sync(offers_of)(provider.kind, provider.base_url, provider.key, SECONDS)
    return take_over(provider, offers, 0 if provider.models.exists() else MOST_ENABLED)


@transaction.atomic
def take_over(provider: Provider, offers: Sequence[Offer], room: int, first: str = "") -> Outcome:
    """`room` is how many of the new ones may be enabled; `first` is, in any case."""
    now = timezone.now()
    known = {model.name: model for model in provider.models.all()}
    offered = {offer.name: offer for offer in offers if 0 < len(offer.name) <= 200}
    new = [_model(provider, offer, now) for name, offer in offered.items() if name not in known]
    for model in sorted(new, key=lambda model: model.name != first):
        if model.name == first or (room > 0 and not NO_CHAT.search(model.name)):
            model.enabled, room = True, room - 1
    Model.objects.bulk_create(new, ignore_conflicts=True)
    back = [name for name, model in known.items() if name in offered and model.gone]
    gone = [name for name, m in known.items() if offers and m.listed and not m.gone and name not in offered]
    for name in known.keys() & offered.keys():
        _fill(known[name], offered[name], now)
    provider.models.filter(name__in=gone).update(gone=True)
    return Outcome(
        sorted(model.name for model in new),
        sorted(model.name for model in new if model.enabled),
        sorted(gone),
        sorted(back),
    )


def _model(provider: Provider, offer: Offer, now: datetime) -> Model:
    told = {name: getattr(offer, name) for name in (*TOLD, *CAPABILITIES)}
    given = {name: value for name, value in told.items() if value is not None}
    return Model(provider=provider, name=offer.name, enabled=False, listed=now, **given)


def _fill(model: Model, offer: Offer, now: datetime) -> None:
    """What is empty. There is no telling what an administrator has changed from what a list said."""
    empty = {name: getattr(offer, name) for name in TOLD if getattr(model, name) is None}
    Model.objects.filter(pk=model.pk).update(gone=False, listed=now, **empty)


async def offers_of(kind: str, base_url: str, key: str, seconds: float) -> list[Offer]:
    server = make_provider(kind, base_url, key)
    try:
        async with asyncio.timeout(seconds):
            if isinstance(server, Catalogue):
                return [_priced(offer) for offer in await server.offers()]
            return [Offer(name) for name in await server.models()]
    except TimeoutError as error:
        raise ProviderError(f"The server did not answer within {seconds:g} s.", reason="timeout") from error
    finally:
        await server.aclose()


def _priced(offer: Offer) -> Offer:
    """Lists give prices in dollars."""
    return offer if settings.CURRENCY == "USD" else replace(offer, input_price=None, output_price=None)
