"""How many connections there may be, and what the one too many hears."""

import http.client
import resource
import socket
import time
from contextlib import ExitStack

import psutil

from tests.product import PASSWORD, Product
from tests.viewers import Person

ELSEWHERE = "127.0.0.2"
ASKING = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def dial(product, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", product.port), timeout=10, source_address=(source, 0))


def answer(client: socket.socket) -> bytes:
    client.sendall(ASKING)
    return read(client)


def read(client: socket.socket) -> bytes:
    said = b""
    while b"\r\n\r\n" not in said and (data := client.recv(65536)):
        said += data
    return said


def until(look, seconds: float = 10):
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return seen


def test_one_connection_too_many_of_an_address_is_told_when_to_come_again(limited):
    with ExitStack() as stack:
        held = [stack.enter_context(dial(limited, ELSEWHERE)) for _ in range(8)]
        assert all(answer(client).startswith(b"HTTP/1.1 200") for client in held)
        with dial(limited, ELSEWHERE) as client:
            said = read(client)
        assert said.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: " in said
        with dial(limited, "127.0.0.3") as other, dial(limited) as own:
            assert answer(other).startswith(b"HTTP/1.1 200"), "another address has room of its own"
            assert answer(own).startswith(b"HTTP/1.1 200"), "and so has the machine itself"
        held[0].close()

        def let_in() -> bool:
            with dial(limited, ELSEWHERE) as client:
                return read(client).startswith(b"HTTP/1.1 200") if _sent(client) else False

        until(let_in)


def _sent(client: socket.socket) -> bool:
    try:
        client.sendall(ASKING)
    except OSError:
        return False
    return True


def test_a_socket_counts_as_long_as_it_is_open_and_no_longer(limited):
    """A connection that has become a WebSocket has changed hands in the server."""
    upgrade = (
        f"GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1:{limited.port}\r\nOrigin: {limited.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    for _ in range(5):
        with ExitStack() as stack:
            for _ in range(4):
                client = stack.enter_context(dial(limited, "127.0.0.4"))
                client.sendall(upgrade)
                assert read(client).startswith(b"HTTP/1.1 101")


async def test_behind_a_proxy_the_address_is_the_one_that_it_names(template, tmp_path):
    product = Product(template, tmp_path / "proxied", CONNECTIONS_PER_ADDRESS="2")
    product.flags = ("--proxy-headers",)
    with product, ExitStack() as stack:
        async with Person(product.url) as alice:
            cookie = (await alice.sign_in("alice", PASSWORD)).cookie
        held = [stack.enter_context(_stream(product, "203.0.113.9", cookie)) for _ in range(2)]
        assert _status(product, "203.0.113.9") == 429
        assert _status(product, "203.0.113.10") == 200
        assert _status(product, "203.0.113.9, 203.0.113.11") == 200, (
            "only the last was put there by the proxy"
        )
        for client in held:
            client.close()
        until(lambda: _status(product, "203.0.113.9") == 200)


def _stream(product, address: str, cookie: str) -> socket.socket:
    """A request that stays under way, its first words read."""
    client = dial(product)
    client.sendall(
        f"GET /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n"
        f"Cookie: {cookie}\r\n\r\n".encode()
    )
    assert read(client).startswith(b"HTTP/1.1 200")
    return client


def _status(product, address: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=10)
    connection.request("GET", "/healthz", headers={"X-Forwarded-For": address})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_process_that_may_open_few_files_refuses_politely_and_recovers(template, tmp_path):
    with Product(template, tmp_path / "small") as product:
        process = psutil.Process(product.pid)
        process.rlimit(resource.RLIMIT_NOFILE, (200, 200))
        with ExitStack() as stack:
            clients = [stack.enter_context(dial(product)) for _ in range(300)]
            served = refused = 0
            for client in clients:
                try:
                    said = answer(client)
                except OSError:
                    said = b""
                served += said.startswith(b"HTTP/1.1 200")
                refused += said.startswith((b"HTTP/1.1 503", b""))
            assert served >= 90
            assert process.num_fds() < 200
        until(lambda: _status(product, "") == 200)
        assert "Traceback" not in product.log.read_text()


async def test_an_answer_that_was_read_long_ago_cuts_nothing_off(limited):
    """One that fills the buffer with its last piece, and was over while its client still read."""
    async with Person(limited.url) as alice:
        await alice.sign_in("bob", PASSWORD)
        conversation = await alice.start("x" * 65_400)
        page = await alice.open(conversation)
        message = page.messages[0].message
        connection = http.client.HTTPConnection("127.0.0.1", limited.port, timeout=10)
        connection.request("GET", f"/messages/{message}/text/", headers={"Cookie": alice.cookie})
        assert len(connection.getresponse().read()) == 65_400
        port = connection.sock.getsockname()[1]
        read_at = time.monotonic()
        while time.monotonic() < read_at + 2:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            assert connection.sock.getsockname()[1] == port
        connection.close()
