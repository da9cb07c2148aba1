"""Many who send much at the same time: what their bodies cost while they arrive, and after."""

import socket
from contextlib import ExitStack, suppress

BODY = b"x" * 1_900_000
CROWD = 100


def test_s22_a_hundred_bodies_at_once_lie_on_disk_and_not_in_memory(world):
    """S22: each smaller than one may be, all of them there before any is answered."""
    footprint = world.footprint()
    head = f"POST /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    most = 0.0
    with ExitStack() as stack:
        dial = [
            stack.enter_context(socket.create_connection(("127.0.0.1", world.product.port), timeout=60))
            for _ in range(CROWD)
        ]
        for client in dial:
            client.sendall(head + BODY[:-1])
            most = max(most, footprint.grown_mb())
        for client in dial:
            client.sendall(BODY[-1:])
        for client in dial:
            assert client.recv(12) in (b"HTTP/1.1 302", b"HTTP/1.1 404", b"HTTP/1.1 403", b"HTTP/1.1 401")
            most = max(most, footprint.grown_mb())
    assert most < 100


def test_s22_whoever_asks_whether_to_send_is_told_no_and_not_yes_after_it(world):
    """S22"""
    ask = "POST /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", world.product.port), timeout=20) as client:
        client.sendall(ask.format(400_000_000).encode())
        said = b""
        # It is hung up on in the end, for it was told to send nothing and might.
        with suppress(ConnectionResetError):
            while data := client.recv(65536):
                said += data
    assert said.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in said
    with socket.create_connection(("127.0.0.1", world.product.port), timeout=20) as client:
        client.sendall(ask.format(10).encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 100")


def test_a_head_of_any_size_is_cut_off(world):
    """A request line and headers have sixteen kilobytes between them."""
    for said in (b"GET /" + b"x" * 20_000, b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 20_000):
        with socket.create_connection(("127.0.0.1", world.product.port), timeout=20) as client:
            answer = b""
            try:
                client.sendall(said + b"\r\n\r\n")
                answer = client.recv(65536)
            except ConnectionError:
                pass
            assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    many = b"".join(b"X-%d: x\r\n" % number for number in range(2000))
    with socket.create_connection(("127.0.0.1", world.product.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + many + b"\r\n")
        assert client.recv(65536)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431")
