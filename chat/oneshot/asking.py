"""Which model is asked, and with what."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from chat.models import Model
from chat.providers import provider_for
from chat.providers.base import Prompt, Said
from chat.turns.preparing import limits_of

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
    prompt = Prompt(
        model.name,
        messages,
        {**model.parameters, **(parameters or {})},
        system,
        api=model.api,
        stream=model.streams,
    )
    server = model.provider
    provider = provider_for(server.kind, server.base_url, server.key)
    return await complete_once(provider, prompt, limits_of(model), schema)
