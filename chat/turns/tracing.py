"""What is seen of the streams of a turn, for those who look into it: when what came, and how much of it.

While the turn runs, what comes is put down as it is, at the price of an append. What is kept of it is worked out in a
thread once the turn has ended: chat/turns/redaction.py.
"""

import asyncio
import gzip
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import Context
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from chat.models import Trace, Turn
from chat.providers.base import Finish, Part, Prompt, Provider, ProviderError
from chat.providers.tap import heard

from .database import in_database
from .redaction import Closed, Kept, lines

log = logging.getLogger(__name__)
MAX_BYTES = 1024 * 1024
# More would be cut off anyway: no part takes less.
MAX_PARTS = 20_000

_under_way: set[asyncio.Task[None]] = set()


class Seen(NamedTuple):
    """`at` is in seconds since the turn was asked for."""

    at: float
    what: Any


class Recorder:
    def __init__(self, turn: Turn) -> None:
        waited = (timezone.now() - turn.requested).total_seconds()
        self._zero = time.monotonic() - max(waited, 0)
        self.turn = turn
        self._seen: list[Seen] = []
        self._bytes_left = MAX_BYTES
        self._cut = False
        heard.set(self.raw)

    def note(self, what: Part | Prompt | ProviderError | Closed) -> None:
        if len(self._seen) < MAX_PARTS:
            self._seen.append(Seen(time.monotonic() - self._zero, what))
        else:
            self._cut = True

    def raw(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._bytes_left >= 0:
            self._seen.append(Seen(time.monotonic() - self._zero, data))
        else:
            self._cut = True

    def kept(self) -> dict[str, Any]:
        """The fields of a trace. Takes its time, for a thread."""
        self._seen.append(Seen(time.monotonic() - self._zero, self.turn))
        whole: Kept = lines(self._seen, settings.TRACE_CONTENT, MAX_BYTES)
        return {
            "events": gzip.compress(whole.jsonl, 6),
            "size": len(whole.jsonl),
            "cut": self._cut or whole.cut,
            "created": timezone.now(),
        }


class _Traced:
    """A provider, with somebody who writes down what comes."""

    def __init__(self, provider: Provider, recorder: Recorder) -> None:
        self._provider, self._recorder = provider, recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part, None]:
        note = self._recorder.note
        part: Part | None = None
        note(prompt)
        try:
            async with aclosing(self._provider.stream(prompt)) as parts:
                async for part in parts:
                    note(part)
                    yield part
        except ProviderError as error:
            note(error)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # A deadline of ours, a stop, or nothing but the way in which a whole answer is let go.
            if not isinstance(part, Finish):
                note(Closed())
            raise


def recorder_for(turn: Turn) -> Recorder | None:
    """To be called where the turn runs. None where nothing is recorded: no traces are kept, or the chat is not to be."""
    if settings.TRACE_DAYS <= 0 or turn.message.conversation.temporary:
        return None
    return Recorder(turn)


def traced(provider: Provider, recorder: Recorder | None) -> Provider:
    return provider if recorder is None else cast(Provider, _Traced(provider, recorder))


def keep(recorder: Recorder | None) -> None:
    """From the serving loop, after the end of a turn, which waits for nothing of it."""
    if recorder is not None:
        task = asyncio.get_running_loop().create_task(_keep(recorder), context=Context())
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)


def under_way() -> set[asyncio.Task[None]]:
    return set(_under_way)


async def _keep(recorder: Recorder) -> None:
    turn = recorder.turn
    try:
        fields = await asyncio.to_thread(recorder.kept)
        await in_database(Trace.objects.update_or_create, turn_id=turn.pk, defaults=fields)
    except IntegrityError:
        log.info("turn %s was deleted before its trace was kept", turn.pk)
    except Exception:
        log.exception("the trace of turn %s is lost", turn.pk)
