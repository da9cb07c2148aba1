"""Streams of nothing, by which `manage.py doctor` learns how what we send arrives.

Whoever asks for one shows a ticket, made with the secret of the installation and good for two minutes. So no account is
needed, no conversation is made, and nobody else finds anything here.
"""

import asyncio
import contextvars
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.core import signing

from .access import NOT_THERE

VALID_SECONDS = 120
MOST_SECONDS = 90
_SALT = "chat.probes"


@dataclass(frozen=True, slots=True)
class Pace:
    """`events`, so many seconds apart, then a silence of `pause` seconds and one more."""

    events: int
    gap: float
    pause: float = 0

    @property
    def seconds(self) -> float:
        return (self.events - 1) * self.gap + self.pause


def ticket(pace: Pace) -> str:
    return signing.dumps(asdict(pace), salt=_SALT)


def pace_of(given: str) -> Pace | None:
    try:
        pace = Pace(**signing.loads(given, salt=_SALT, max_age=VALID_SECONDS))
    except (signing.BadSignature, TypeError):
        return None
    return pace if pace.seconds <= MOST_SECONDS else None


async def paced(pace: Pace) -> AsyncIterator[str]:
    """One JSON object after another, as small as a token. `at` is when it is sent, in seconds since the first."""
    began = time.monotonic()
    for number in range(pace.events):
        if number:
            await asyncio.sleep(pace.gap)
        yield _event(number, began)
    if pace.pause:
        await asyncio.sleep(pace.pause)
        yield _event(pace.events, began)


def _event(number: int, began: float) -> str:
    at = round(time.monotonic() - began, 3)
    return orjson.dumps({"type": "probe", "number": number, "at": at}).decode()


class ProbeConsumer(AsyncConsumer):  # type: ignore[misc]  # its package has no types
    _sending: "asyncio.Task[None] | None" = None

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        pace = pace_of(query.get("ticket", [""])[0])
        if pace is None:
            await self.send({"type": "websocket.close", "code": NOT_THERE})
            return
        loop = asyncio.get_running_loop()
        self._sending = loop.create_task(self._send(pace), context=contextvars.Context())

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """There is nothing to say to it."""

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        if self._sending:
            self._sending.cancel()
        raise StopConsumer

    async def _send(self, pace: Pace) -> None:
        async for event in paced(pace):
            await self.send({"type": "websocket.send", "text": event})
        await self.send({"type": "websocket.close", "code": 1000})
