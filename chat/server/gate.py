"""What comes to the server's last door before the application: nothing new while it ends, and of an address that a proxy
names no more at once than may be."""

from collections import Counter
from typing import Any

from django.conf import settings

from chat.addresses import OWN, network_of
from chat.viewers import RESTARTING, TOO_MANY

RETRY_SECONDS = 2
ENDING_TEXT = b"The server restarts. Try again in a moment.\n"
TOO_MANY_TEXT = b"There are too many requests from your address. Try again in a moment.\n"


class Gate:
    """`counts` is for a server behind a proxy: one that is reached directly counts connections as it accepts them."""

    def __init__(self, application: Any, *, counts: bool) -> None:
        self._application = application
        self._counts = counts
        self._under_way: Counter[str] = Counter()
        self.is_closed = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.is_closed:
            await _refuse(scope, send, 503, ENDING_TEXT, RESTARTING)
        elif self._counts and (address := _address_of(scope)) not in OWN:
            await self._count(address, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _count(self, address: str, scope: Any, receive: Any, send: Any) -> None:
        most = settings.CONNECTIONS_PER_ADDRESS
        if most and self._under_way[address] >= most:
            await _refuse(scope, send, 429, TOO_MANY_TEXT, TOO_MANY)
            return
        self._under_way[address] += 1
        try:
            await self._application(scope, receive, send)
        finally:
            self._under_way[address] -= 1
            if not self._under_way[address]:
                del self._under_way[address]


def _address_of(scope: Any) -> str:
    host = str((scope.get("client") or ("", 0))[0])
    return network_of(host) or host


async def _refuse(scope: Any, send: Any, status: int, text: bytes, code: int) -> None:
    if scope["type"] == "websocket":
        # A browser learns a close code only of a socket that was opened.
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code})
        return
    headers = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(text)),
        (b"Retry-After", b"%d" % RETRY_SECONDS),
        (b"Cache-Control", b"no-store"),
        (b"Connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
