"""An answer for a program that asks over HTTP."""

import asyncio
import logging
from typing import Any

from django.db import transaction

from chat import budget
from chat.models import Model, Spending, Turn
from chat.models.costs import cost_of
from chat.providers.base import Prompt, ProviderError
from chat.turns.database import in_database
from chat.turns.redaction import DEADLINES

from . import request, slots
from .answer import Answer
from .asking import ask, model_named
from .request import Refused
from .schema import SchemaError, SchemaNotMet

log = logging.getLogger(__name__)


async def serve(user: Any, body: bytes) -> dict[str, Any]:
    """What is answered to the body of a request of theirs; raises `Refused`."""
    question = await asyncio.to_thread(request.read, body)
    model = await in_database(_model, user, question.model)
    with slots.slot(user.pk):
        answer = await _ask(user, model, question)
    log.info("answered a program: user=%s model=%s seconds=%.1f", user.pk, model.pk, answer.seconds)
    return _said(answer, model, question.schema is not None)


async def _ask(user: Any, model: Model, question: request.Question) -> Answer:
    try:
        answer = await ask(model, question.messages, question.system, question.parameters, question.schema)
    except ProviderError as error:
        status = 504 if error.reason in DEADLINES else 502
        raise Refused(status, error.reason, error.message, error.retry_after) from None
    except SchemaNotMet as problem:
        await in_database(_count, user, model, question, problem.answer)
        raise Refused(422, "schema", f"The answer does not fit the schema: {problem}") from None
    except SchemaError as error:
        raise Refused(400, "bad_schema", str(error)) from None
    await in_database(_count, user, model, question, answer)
    return answer


@transaction.atomic
def _count(user: Any, model: Model, question: request.Question, answer: Answer) -> None:
    """As the tokens of a reply are counted, and so in the words of one."""
    read, written = answer.prompt_tokens, answer.completion_tokens
    is_estimate = read is None or written is None
    if read is None or written is None:
        read = budget.tokens_of_prompt(Prompt(model.name, question.messages, system=question.system))
        written = budget.tokens_of(answer.text)
    turn = Turn(user=user, model_name=str(model), prompt_tokens=read, completion_tokens=written)
    turn.is_estimate, turn.cost = is_estimate, cost_of(model, read, written)
    Spending.objects.add(turn)


def _model(user: Any, name: str) -> Model:
    model = model_named(Model.objects.usable(user), name)
    if model is None:
        raise Refused(
            404, "no_model", f"There is no model {name!r} for you." if name else "There is no model."
        )
    return model


def _said(answer: Answer, model: Model, is_value: bool) -> dict[str, Any]:
    usage = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens}
    return {
        **({"value": answer.value} if is_value else {"text": answer.text}),
        "model": model.name,
        "usage": usage,
        "finish_reason": answer.finish_reason,
        "seconds": answer.seconds,
    }
