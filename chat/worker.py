"""A process that runs turns and serves nobody: many at a time, in one loop."""

import asyncio
import logging
import os
import signal
import sys
from typing import NoReturn

from django.conf import settings
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from .runtime import runtime
from .telemetry import port, spans
from .turns.queue import broker

log = logging.getLogger(__name__)
# Of an end, after the time that running turns have: how long until all is written.
END_SECONDS = 5


class Worker:
    """`is_beside`: it belongs to a process that serves, ends as soon as its input does, and lets nothing run on."""

    def __init__(self, is_beside: bool) -> None:
        self._is_beside = is_beside
        self._ending = asyncio.Event()

    async def run(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        if self._is_beside:
            loop.add_reader(sys.stdin.fileno(), self._ending.set)
        runtime.start(serves=False, runs=True)
        print("Rivulet's worker waits for turns.", flush=True)
        figures = await self._tell_figures()
        # Its messages are no more than hints, each of which is followed in no time.
        receiver = Receiver(
            broker, max_async_tasks=1, run_startup=False, ack_type=AcknowledgeType.WHEN_RECEIVED
        )
        listening = loop.create_task(receiver.listen(self._ending))
        listening.add_done_callback(self._listened)
        await self._ending.wait()
        seconds = 0 if self._is_beside else settings.WORKER_DRAIN_SECONDS
        # A thread that waits for a database that is away would keep the process for ever.
        loop.call_later(seconds + END_SECONDS, leave)
        await runtime.drain_turns(seconds)
        if figures:
            figures.close()
        await asyncio.to_thread(spans.flush)
        leave()

    async def _tell_figures(self) -> asyncio.Server | None:
        if not settings.WORKER_METRICS_PORT:
            return None
        return await port.listen(settings.WORKER_METRICS_HOST, settings.WORKER_METRICS_PORT)

    def _listened(self, listening: "asyncio.Task[None]") -> None:
        if not self._ending.is_set():
            log.critical("nothing is heard of new turns any more: %r", listening.exception())
            self._ending.set()


def leave() -> NoReturn:
    """End at once: threads have nothing left to say."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
