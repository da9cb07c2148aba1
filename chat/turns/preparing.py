"""What there is to a turn before its model is asked: what it goes on from, its tools, its prompt, and its limits."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from chat.models import Model, Provider, Tool, ToolUse, Turn, line
from chat.parts import Part
from chat.providers import load
from chat.providers.base import Prompt, ProviderError

from .answer import Limits
from .history import begun
from .prompt import prompt_for
from .toolbox import specs_of, tools_of

# Another model may do better than one that failed like this.
OTHERS_MAY = {"first_token", "unreachable", "dns", "tls", "upstream", "rate_limited", "overloaded"}


class InLine(Exception):
    """The provider of the model that is to stand in takes no more at once."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`begun` are the parts of the reply that a turn goes on from."""

    model: Model
    prompt: Prompt
    limits: Limits
    tools: list[Tool]
    begun: list[Part]


def prepare(turn: Turn) -> Prepared:
    """Raises `ProviderError` where the model cannot be asked at all."""
    if turn.continues is not None and not turn.uses.exists():
        with transaction.atomic():
            ToolUse.objects.keep(turn.continues, turn)
    return _prepared(turn)


def fall_back(turn: Turn, error: ProviderError) -> Prepared | None:
    """To ask the model that stands in for the turn's own, which has failed before its first token. One step, and no more.
    Raises `InLine` where the turn is that model's now and has to wait for its place."""
    if error.cut or not (error.retryable or error.reason in OTHERS_MAY):
        return None
    other = _stand_in(turn)
    if other is None:
        return None
    with transaction.atomic():
        # As where a turn begins: whoever takes a place at this provider does so alone.
        other.provider = Provider.objects.select_for_update(no_key=True).get(pk=other.provider_id)
        has_room = line.has_room(turn, other)
        if not turn.hand_over(other):
            return None
    if not has_room:
        raise InLine
    return _prepared(turn)


def _stand_in(turn: Turn) -> Model | None:
    failed = turn.model
    if failed is None or failed.fallback_id is None or turn.asked_first_id is not None:
        return None
    other = Model.objects.usable(turn.user).filter(pk=failed.fallback_id).first()
    return None if other == failed else other


def _prepared(turn: Turn) -> Prepared:
    assert turn.model is not None
    load([turn.model.provider.kind])  # here, off the event loop, where it would hold up everybody
    tools = tools_of(turn)
    parts = begun(turn.continues) if turn.continues is not None else []
    prompt = prompt_for(turn, specs_of(tools), parts)
    return Prepared(turn.model, prompt, limits_of(turn.model), tools, parts)


def limits_of(model: Model) -> Limits:
    return Limits(
        first_token=model.first_token_seconds or settings.TURN_FIRST_TOKEN_SECONDS,
        idle=model.idle_seconds or settings.TURN_IDLE_SECONDS,
        total=model.total_seconds or settings.TURN_TOTAL_SECONDS,
        retries=settings.TURN_RETRIES,
        retry_max=settings.TURN_RETRY_MAX_SECONDS,
        max_bytes=settings.TURN_MAX_BYTES,
        delta_max_bytes=settings.TURN_DELTA_MAX_BYTES,
        rounds=settings.TOOL_ROUNDS,
    )
