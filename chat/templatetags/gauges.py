"""How full the context of a model is when the page comes; static/js/composer/gauge.js goes on from there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import number_format

from chat import budget
from chat.models import Conversation, Message, Model
from chat.models.room import reserve_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class Gauge:
    """In tokens of the model; `window` is 0 where it is not known. `scale` is what a token by our estimate is worth."""

    tokens: int
    window: int = 0
    reserve: int = 0
    scale: float = 1

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.tokens / self.window)) if self.window else 0


@register.simple_tag(takes_context=True)
def gauge(context: dict[str, Any]) -> Gauge:
    models: Sequence[Model] = context.get("models") or ()
    conversation: Conversation | None = context.get("conversation") or None
    chosen = next((model for model in models if model.pk == context.get("chosen_model")), None)
    model = chosen or next(iter(models), None)
    tokens = (
        _tokens(conversation, context.get("path") or (), (model and model.scale) or 1) if conversation else 0
    )
    return _of(model, conversation, tokens)


@register.simple_tag
def room_of(model: Model, conversation: Conversation | None = None) -> Gauge:
    """For the option by which the model is chosen."""
    return _of(model, conversation or None, 0)


def _of(model: Model | None, conversation: Conversation | None, tokens: int) -> Gauge:
    if model is None or not model.context_window:
        return Gauge(tokens, scale=(model and model.scale) or 1)
    parameters = {**model.parameters, **(conversation.settings if conversation else {})}
    return Gauge(tokens, model.context_window, reserve_of(model, parameters), model.scale or 1)


def _tokens(conversation: Conversation, path: Iterable[Message], scale: float) -> int:
    """What the model was last sent and has answered, and by our estimate what was said after that."""
    later = 0
    for message in reversed(list(path)):
        turn = message.turn if message.role == Message.Role.ASSISTANT else None
        if turn and turn.context_tokens is not None:
            return turn.context_tokens + round(later * scale)
        later += budget.tokens_of(message.text) + budget.MESSAGE_TOKENS
    system = budget.tokens_of(conversation.settings.get("system", ""))
    return round((later + system) * scale)


@register.filter
def short_number(number: int) -> str:
    """128000 as 128k, as windows are spoken of."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            tenths = round(number / size, 1)
            return f"{number_format(tenths, decimal_pos=0 if tenths.is_integer() else 1)}{unit}"
    return str(number)
