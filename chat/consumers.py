"""The WebSocket door: events go out, acknowledgements come in."""

import asyncio
import contextvars
import logging
import uuid
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.conf import settings

from .access import Claim
from .journal import Gap
from .viewers import Viewer

log = logging.getLogger(__name__)
BAD_FRAME = 4400
# Not 1011: Daphne sends no close code below 3000 but 1000.
FAULT = 4011


class ViewerConsumer(AsyncConsumer):
    _viewer: Viewer
    _sending: "asyncio.Task[None] | None" = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels would first have a thread close its old connections to the database, for each acknowledgement. None is
        asked from here."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        # A browser learns a close code only of a socket that was opened.
        await self.send({"type": "websocket.accept"})
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        conversation: uuid.UUID | None = self.scope["url_route"]["kwargs"].get("pk")
        claim = Claim(key, conversation)
        self._viewer = Viewer(claim, query.get("after", [""])[0], "socket", settings.VIEWER_WINDOW_BYTES)
        verdict = await self._viewer.open((self.scope.get("client") or [""])[0])
        if verdict.code:
            await self._close(verdict.code)
            return
        # Dispatch is serial: a handler that sent frames would keep acknowledgements waiting.
        loop = asyncio.get_running_loop()
        self._sending = loop.create_task(self._send_frames(), context=contextvars.Context())

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self._sending is None:
            return
        try:
            frame = orjson.loads(message.get("text") or b"")
            if frame["type"] != "ack":
                raise ValueError(frame["type"])
            self._viewer.ack(frame["cursor"])
        except (ValueError, KeyError, TypeError, AttributeError, Gap):
            self._viewer.revoke(BAD_FRAME)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        if self._sending:
            self._sending.cancel()
        self._viewer.close()
        raise StopConsumer

    async def _send_frames(self) -> None:
        code = FAULT
        try:
            async with aclosing(self._viewer.batches()) as batches:
                async for frames in batches:
                    for frame in frames:
                        await self.send({"type": "websocket.send", "text": frame.json})
            code = self._viewer.code
        except Exception:
            log.exception("a viewer of conversation %s was dropped", self._viewer.claim.conversation)
        finally:
            self._viewer.close()
        await self._close(code)

    async def _close(self, code: int) -> None:
        await self.send({"type": "websocket.close", "code": code})
