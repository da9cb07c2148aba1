"""One short reply of a model, with its times: whether it answers at all, how soon, and how fast."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.conf import settings

from chat.models import Model
from chat.providers import make_provider
from chat.providers.base import Finish, Prompt, ProviderError, Reasoning, Said, Text, Usage

QUESTION = "Say hello in one short sentence."
MOST_SECONDS = 60.0
SHOWN_CHARS = 1000


@dataclass(slots=True)
class Trial:
    """Seconds from the request on, connecting included. Empty or None is what did not come."""

    text: str = ""
    reasoning: int = 0
    first_token: float | None = None
    total: float = 0.0
    tokens: int | None = None
    finish: str = ""
    error: str = ""
    detail: str = ""

    @property
    def tokens_per_second(self) -> float | None:
        """While it wrote: the wait for the first token is told apart."""
        if not self.tokens or self.first_token is None or self.total <= self.first_token:
            return None
        return self.tokens / (self.total - self.first_token)

    @property
    def worked(self) -> bool:
        return bool(self.finish) and not self.error


def try_out(model: Model) -> Trial:
    return async_to_sync(_try_out)(model, model.provider.kind, model.provider.base_url, model.provider.key)


async def _try_out(model: Model, kind: str, base_url: str, key: str) -> Trial:
    trial, began = Trial(), time.perf_counter()
    seconds = min(model.total_seconds or settings.TURN_TOTAL_SECONDS, MOST_SECONDS)
    server = make_provider(kind, base_url, key)
    prompt = Prompt(
        model.name, [Said("user", QUESTION)], model.parameters, api=model.api, stream=model.streams
    )
    try:
        async with asyncio.timeout(seconds), aclosing(server.stream(prompt)) as parts:
            async for part in parts:
                if trial.first_token is None and isinstance(part, Text | Reasoning):
                    trial.first_token = time.perf_counter() - began
                _note(trial, part)
    except TimeoutError:
        trial.error = f"The reply was not whole within {seconds:g} s."
    except ProviderError as problem:
        trial.error, trial.detail = problem.message, problem.detail or problem.reason
    finally:
        trial.total = time.perf_counter() - began
        await server.aclose()
    return trial


def _note(trial: Trial, part: object) -> None:
    match part:
        case Text(text):
            trial.text = (trial.text + text)[:SHOWN_CHARS]
        case Reasoning(text):
            trial.reasoning += len(text)
        case Usage():
            trial.tokens = part.completion_tokens
        case Finish(reason):
            trial.finish = reason
