"""How much of a conversation its model has room for: what is refused, and what was left out."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chat import budget

from .messages import Message
from .paths import shown_ids
from .providers import Model
from .refusals import Refused
from .tree import path_before
from .turns import Turn

if TYPE_CHECKING:
    from .conversations import Conversation


def reserve_of(model: Model, parameters: Mapping[str, Any]) -> int:
    """What of its window is kept free for the answer."""
    assert model.context_window
    wanted = parameters.get("max_tokens") or parameters.get("max_completion_tokens")
    return budget.reserve_of(
        model.context_window, wanted if isinstance(wanted, int) else None, model.max_output
    )


def refuse_too_long(conversation: "Conversation", question: Message, *models: Model) -> None:
    """A question that would not fit into one of the models even if all before it were left out."""
    for model in models:
        if model.context_window:
            _refuse_too_long(conversation, question, model)


def _refuse_too_long(conversation: "Conversation", question: Message, model: Model) -> None:
    assert model.context_window
    text = budget.tokens_of(question.text) + budget.tokens_of(conversation.settings.get("system", ""))
    files = question.attachments.aggregate(sum=Sum("tokens", default=0))["sum"]
    tokens = round((text + files + budget.MESSAGE_TOKENS) * (model.scale or 1))
    room = model.context_window - reserve_of(model, {**model.parameters, **conversation.settings})
    if tokens > room:
        raise Refused(
            _(
                "This is too long for %(model)s by about %(excess)s tokens: about %(tokens)s are asked of it, and it has room"
                " for %(room)s beside its answer. Shorten it, send it in parts, or choose another model."
            )
            % {
                "model": model,
                "excess": number_format(tokens - room, force_grouping=True),
                "tokens": number_format(tokens, force_grouping=True),
                "room": number_format(room, force_grouping=True),
            },
            422,
        )


def leave_out(turn: Turn, exchanges: int) -> bool:
    """Note that the oldest exchanges were not sent. False where this runner no longer owns the turn."""
    turn.left_out = messages_of(path_before(turn.message), exchanges)
    mine = Turn.objects.filter(pk=turn.pk, status="running", lease_token=turn.lease_token)
    return bool(mine.update(left_out=turn.left_out))


def messages_of(path: Sequence[Message], exchanges: int) -> int:
    """How many messages the first exchanges of a path are. A question begins one, unless it is asked as one with what is
    before it: a question without an answer, or results that no answer came of."""
    begun, is_open = 0, False
    for number, message in enumerate(path):
        is_question = message.role == Message.Role.USER
        if is_question and not is_open:
            begun += 1
            if begun > exchanges:
                return number
        kinds = [part["type"] for part in message.parts if part["type"] not in ("reasoning", "echo")]
        if message.text or kinds:
            is_open = is_question or kinds[-1:] == ["tool_result"]
    return len(path)


def mark_first_sent(messages: Sequence[Message], leaf: uuid.UUID | None) -> None:
    """Tell the message with which began what was sent for the answer at the end, where that was not all."""
    last = next((message for message in messages if message.pk == leaf), None)
    turns = Turn.objects.filter(message=leaf, left_out__gt=0)
    turn = getattr(last, "turn", None) if last else turns.first()
    if not messages or turn is None or not turn.left_out:
        return
    sent = shown_ids(messages[0].conversation_id, leaf)[turn.left_out :][:1]
    for message in messages:
        message.is_first_sent = message.pk in sent
