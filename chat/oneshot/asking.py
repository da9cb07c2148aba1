"""Which model is asked, with what, and for how long."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from chat.models import Model
from chat.providers import provider_for
from chat.providers.base import Prompt, Said
from chat.turns.engine import Limits

from .answer import Answer, complete_once
from .schema import Schema


def model_named(models: QuerySet[Model], name: str = "") -> Model | None:
    """Of these the first of that name, with `provider/` before it where two have the same; without a name the first."""
    if not name:
        return models.first()
    provider, _, rest = name.partition("/")
    return models.filter(name=name).first() or models.filter(provider__name=provider, name=rest).first()


async def ask(
    model: Model,
    messages: str | Sequence[Said],
    system: str = "",
    parameters: Mapping[str, Any] | None = None,
    schema: Schema | None = None,
) -> Answer:
    """Over the connections of this loop. Raises as `complete_once` does."""
    if isinstance(messages, str):
        messages = [Said("user", messages)]
    prompt = Prompt(model.name, messages, {**model.parameters, **(parameters or {})}, system)
    server = model.provider
    provider = provider_for(server.kind, server.base_url, server.key)
    return await complete_once(provider, prompt, _limits(model), schema)


def _limits(model: Model) -> Limits:
    return Limits(
        first_token=model.first_token_seconds or settings.TURN_FIRST_TOKEN_SECONDS,
        idle=model.idle_seconds or settings.TURN_IDLE_SECONDS,
        total=model.total_seconds or settings.TURN_TOTAL_SECONDS,
        retries=settings.TURN_RETRIES,
        retry_max=settings.TURN_RETRY_MAX_SECONDS,
        max_bytes=settings.TURN_MAX_BYTES,
        delta_max_bytes=settings.TURN_DELTA_MAX_BYTES,
    )
