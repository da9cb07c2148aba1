"""Ports for what tests start, which nobody else takes between being chosen and being listened to.

The kernel gives from 32,768 on, to each outgoing connection as well as to whoever asks for any port: a server that begins a
second later may find another's there, which answers in its place. So these come from below, a block of them for each process
that tests; a block is held by a UDP socket on its first port for as long as its process lives.
"""

import socket
from collections.abc import Iterator
from itertools import cycle

FIRST, LAST, BLOCK = 10_000, 32_000, 500


def _block() -> Iterator[int]:
    for first in range(FIRST, LAST, BLOCK):
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            held.bind(("127.0.0.1", first))
        except OSError:
            held.close()
            continue
        for port in cycle(range(first, first + BLOCK)):
            if _is_free(port):
                yield port
    raise OSError("Too many processes test at the same time: each block of ports has its owner.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_ports = _block()


def free_port() -> int:
    return next(_ports)
