"""A provider that is sent no more than its model has room for."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from chat import budget
from chat.models import Turn
from chat.models.room import leave_out, reserve_of
from chat.providers.base import Part, Prompt, Provider, ProviderError

from .database import in_database

log = logging.getLogger(__name__)
TOO_LONG = "too_long"
# From this share of the window on the server is asked to count, if it can: before that it does not matter.
NEARLY_FULL = 0.7
COUNT_SECONDS = 5


class Fitting:
    """Leaves the oldest exchanges out of each prompt, notes on the turn how many messages that were, and calls `left_out`
    then. Where the server finds a prompt too long after all, it is asked once more with half of it."""

    def __init__(self, provider: Provider, turn: Turn, left_out: Callable[[], None]) -> None:
        assert turn.model is not None
        self._provider = provider
        self._turn = turn
        self._model = turn.model
        self._scale = turn.model.scale or 1.0
        self._tell = left_out
        # A reply that goes on is asked for by words of ours after what it is to answer.
        self._kept = 2 if turn.continues and turn.continues.message.text else 1

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        fitted = await self._fit(prompt)
        await self._note(fitted)
        begun = False
        try:
            async with aclosing(self._provider.stream(fitted.prompt)) as parts:
                async for part in parts:
                    begun = True
                    yield part
            return
        except ProviderError as error:
            shorter = budget.half(fitted.prompt, kept=self._kept)
            if begun or error.reason != TOO_LONG or not shorter.exchanges:
                raise
            log.warning("turn %s: the prompt was too long, half of it is sent", self._turn.pk)
        await self._note(shorter, before=fitted.exchanges)
        async with aclosing(self._provider.stream(shorter.prompt)) as parts:
            async for part in parts:
                yield part

    async def _fit(self, prompt: Prompt) -> budget.Fitted:
        window = self._model.context_window
        if not window:
            return budget.fit(prompt, None, 0)
        reserve = reserve_of(self._model, prompt.parameters)
        estimate = budget.tokens_of_prompt(prompt)
        if estimate * self._scale > (window - reserve) * NEARLY_FULL and (
            counted := await self._count(prompt)
        ):
            self._scale = counted / max(estimate, 1)
        return budget.fit(prompt, window, reserve, scale=self._scale, kept=self._kept)

    async def _count(self, prompt: Prompt) -> int | None:
        """By the server; None where it does not count, or not now."""
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                return await self._provider.count(prompt)
        except (ProviderError, TimeoutError) as error:
            log.info("turn %s: its prompt could not be counted: %r", self._turn.pk, error)
            return None

    async def _note(self, fitted: budget.Fitted, before: int = 0) -> None:
        self._turn.estimate = fitted.tokens
        if fitted.exchanges and await in_database(leave_out, self._turn, before + fitted.exchanges):
            self._tell()

    async def complete(self, prompt: Prompt) -> str:
        return await self._provider.complete((await self._fit(prompt)).prompt)

    async def count(self, prompt: Prompt) -> int | None:
        return await self._provider.count(prompt)

    async def models(self) -> list[str]:
        return await self._provider.models()

    async def aclose(self) -> None:
        await self._provider.aclose()
