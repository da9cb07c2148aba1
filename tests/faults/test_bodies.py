"""Requests that are meant to fill the server rather than to ask it something."""

import socket
from collections.abc import Iterator

import pytest

from tests.faults.oracles import Footprint

MEGABYTE = b"x" * 1024 * 1024
SENT = 400
HEADERS = "POST /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"


def _upload(port: int, framing: str, pieces: Iterator[bytes]) -> tuple[bytes, int]:
    """What the server answers, and how many pieces it took before it hung up."""
    taken = 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(f"{HEADERS}{framing}\r\n\r\n".encode())
        try:
            for piece in pieces:
                client.sendall(piece)
                taken += 1
        except (BrokenPipeError, ConnectionResetError):
            pass
        return _answer(client), taken


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


def test_s22_a_400_mb_post_is_refused_before_it_is_read(product):
    """S22"""
    footprint = Footprint(product.pid)
    answer, taken = _upload(product.port, f"Content-Length: {SENT * len(MEGABYTE)}", _plain())
    assert answer.startswith(b"HTTP/1.1 413")
    assert taken < 20
    assert footprint.grown_mb() < 20


def test_s22_a_chunked_post_without_an_end_is_cut_off_at_the_cap(product):
    """S22"""
    footprint = Footprint(product.pid)
    answer, taken = _upload(product.port, "Transfer-Encoding: chunked", _chunked())
    assert answer.startswith(b"HTTP/1.1 413")
    assert taken < 30
    assert footprint.grown_mb() < 30


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\nHost: 127.0", HEADERS.encode() + b"Content-Length: 100\r\n\r\nab"]
)
def test_s23_a_request_that_never_ends_is_hung_up_on(product, said):
    """S23"""
    with socket.create_connection(("127.0.0.1", product.port), timeout=30) as client:
        client.sendall(said)
        assert b" 200 " not in _answer(client)
        assert client.recv(100) == b""


def test_s23_headers_that_trickle_in_are_hung_up_on_as_well(product):
    """S23"""
    with socket.create_connection(("127.0.0.1", product.port), timeout=1) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for number in range(60):
            try:
                client.sendall(b"X-Slow-%d: x\r\n" % number)
                if client.recv(100) == b"":
                    return
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return
    pytest.fail("a minute of slow headers was borne")
