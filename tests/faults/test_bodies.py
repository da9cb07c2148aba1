"""Requests that are meant to fill the server rather than to ask it something."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

# Of which one of the tests below waits for the end.
ENVIRONMENT = {"CLIENT_HEAD_SECONDS": "4", "CLIENT_IDLE_SECONDS": "3"}
MEGABYTE = b"x" * 1024 * 1024
SENT = 400
HEADERS = "POST /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"


def _upload(port: int, framing: str, pieces: Iterator[bytes]) -> bytes:
    """What the server answers to a client that goes on until it is hung up on."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(f"{HEADERS}{framing}\r\n\r\n".encode())
        try:
            for piece in pieces:
                client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return _answer(client)


def _answer(client: socket.socket) -> bytes:
    answer = b""
    try:
        while b"\r\n" not in answer and (data := client.recv(65536)):
            answer += data
    except ConnectionResetError:
        pass
    return answer


def _plain() -> Iterator[bytes]:
    return iter([MEGABYTE] * SENT)


def _chunked() -> Iterator[bytes]:
    for _ in range(SENT):
        yield b"%x\r\n%b\r\n" % (len(MEGABYTE), MEGABYTE)


def test_s22_a_400_mb_post_is_refused_before_it_is_read(world):
    """S22"""
    footprint = world.footprint()
    answer = _upload(world.product.port, f"Content-Length: {SENT * len(MEGABYTE)}", _plain())
    assert answer.startswith(b"HTTP/1.1 413")
    assert footprint.grown_mb() < 20


def test_s22_a_chunked_post_without_an_end_is_cut_off_at_the_cap(world):
    """S22"""
    footprint = world.footprint()
    answer = _upload(world.product.port, "Transfer-Encoding: chunked", _chunked())
    assert answer.startswith(b"HTTP/1.1 413")
    assert footprint.grown_mb() < 30


STALLED = (b"GET / HTTP/1.1\r\nHost: 127.0", HEADERS.encode() + b"Content-Length: 100\r\n\r\nab")


def test_s23_requests_that_stall_or_trickle_are_hung_up_on(world):
    """S23"""
    with ExitStack() as stack:
        dial = partial(socket.create_connection, ("127.0.0.1", world.product.port), timeout=40)
        stalled = [stack.enter_context(dial()) for _ in STALLED]
        for client, said in zip(stalled, STALLED, strict=True):
            client.sendall(said)
        with dial() as trickling:
            assert _trickle(trickling) < 15, "slow headers were borne for fifteen seconds"
        for client in stalled:
            assert b" 200 " not in _answer(client)
            assert client.recv(100) == b""


def _trickle(client: socket.socket) -> int:
    """How many headers, one a second, the server takes before it hangs up."""
    client.settimeout(1)
    client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    for number in range(15):
        try:
            client.sendall(b"X-Slow-%d: x\r\n" % number)
            if client.recv(100) == b"":
                return number
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return number
    return 15
