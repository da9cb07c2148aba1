"""A deadline that moves on with every token, at the price of an assignment."""

import asyncio
from types import TracebackType


class DeadlinePassed(Exception):
    pass


class Deadline:
    """Bounds one wait after another of the task that enters it.

    `asyncio.timeout` makes and cancels a timer for each wait, which at thousands of tokens a second is a fifth of all work.
    Here one timer sleeps until the time that was meant when it was set, looks whether that has moved meanwhile, and
    sleeps on.

        deadline.at = loop.time() + 60
        async with deadline:  # raises DeadlinePassed
            part = await anext(stream)
    """

    def __init__(self) -> None:
        self.at = float("inf")
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._passed = False

    async def __aenter__(self) -> None:
        self._waiting = asyncio.current_task()
        if self._timer is None or self._timer.when() > self.at:
            self.close()
            self._timer = self._loop.call_at(self.at, self._look)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._waiting = self._waiting, None
        if self._passed and task is not None:
            self._passed = False
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise DeadlinePassed from error

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._waiting is None:
            return
        if self._loop.time() < self.at:
            self._timer = self._loop.call_at(self.at, self._look)
        else:
            self._passed = True
            self._waiting.cancel()
