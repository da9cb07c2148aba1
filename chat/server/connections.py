"""How many connections there may be, in all and from one address, counted where they are accepted.

Behind a proxy all of them come from its address: there the address is counted that the proxy names, for as long as a request
or a WebSocket of it is under way.
"""

import logging
import resource
import time
from collections import Counter
from typing import Any

from django.conf import settings
from twisted.internet import reactor
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Server as Transport

from chat.addresses import OWN, network_of

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
# What a refused client may take to read the refusal, and how many may be reading theirs.
LINGER_SECONDS = 1
LINGERING = 50
# Of the files a process may have open: the others are those of the database, of uploads, and the connections to models.
SHARE_OF_FILES = 0.5
SAID_EVERY = 60
REFUSAL = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nRetry-After: %d\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
FULL = b"The server has as many connections as it can hold. Try again in a moment.\n"
TOO_MANY = b"There are too many connections from your address. Close some, or try again in a moment.\n"


class Connections:
    def __init__(self) -> None:
        self._of: Counter[str] = Counter()
        self._all = 0
        self._lingering = 0
        self._said = -float(SAID_EVERY)

    def refusal(self, host: str, *, is_proxied: bool) -> bytes:
        """What is said to one more; nothing where there is room."""
        address = network_of(host) or host
        most = settings.CONNECTIONS_PER_ADDRESS
        if self._all >= _most():
            self._say("there are %d connections: one more from %s is refused", self._all, address)
            return _answer(b"503 Service Unavailable", FULL)
        if most and not is_proxied and address not in OWN and self._of[address] >= most:
            self._say("%d connections are from %s: one more is refused", self._of[address], address)
            return _answer(b"429 Too Many Requests", TOO_MANY)
        return b""

    def enter(self, host: str) -> None:
        self._all += 1
        self._of[network_of(host) or host] += 1

    def leave(self, host: str) -> None:
        address = network_of(host) or host
        self._all -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    def refuse(self, said: bytes) -> "Refused | None":
        """Without a word where many are being told already: a word takes a connection, too."""
        return Refused(self, said) if self._lingering < LINGERING else None

    def linger(self, by: int) -> None:
        self._lingering += by

    def _say(self, text: str, *about: Any) -> None:
        now = time.monotonic()
        if now - self._said >= SAID_EVERY:
            self._said = now
            log.warning(text, *about)


def _most() -> int:
    """How many the process can hold. Asked each time, since the system may change its mind."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    room = int(files * SHARE_OF_FILES)
    return min(settings.CONNECTIONS, room) if settings.CONNECTIONS else room


def use_all_files() -> None:
    """As many files may be open as the system lets this process ask for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _answer(status: bytes, text: bytes) -> bytes:
    return REFUSAL % (status, RETRY_SECONDS, len(text), text)


class Refused(Protocol):
    """Says so and hangs up, once the client has done so or after a moment: to close at once, with a request unread, would
    reset the connection and take the words with it."""

    def __init__(self, connections: Connections, said: bytes) -> None:
        self._connections, self._said = connections, said

    def connectionMade(self) -> None:  # noqa: N802
        self._connections.linger(1)
        self._end: Any = reactor.callLater(LINGER_SECONDS, self.transport.abortConnection)
        self.transport.write(self._said)
        self.transport.loseWriteConnection()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._connections.linger(-1)
        if self._end.active():
            self._end.cancel()


connections = Connections()


class Counted(Transport):
    """A connection that was let in. What speaks over it changes when a request becomes a WebSocket; this does not."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._is_counted = not isinstance(self.protocol, Refused)
        if self._is_counted:
            connections.enter(self.client[0])

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self._is_counted:
            self._is_counted = False
            connections.leave(self.client[0])
        super().connectionLost(reason)
