"""The proxy that the fault tests rely on does what it says."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Literal

import pytest

from tests.proxy import Proxy


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)
        self.request.sendall(b"<eof>")


@pytest.fixture
def echo() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def _dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def _client(proxy: Proxy) -> socket.socket:
    client = _dial(proxy)
    client.sendall(b"hello")
    assert client.recv(100) == b"hello"
    return client


def test_bytes_pass_whole_and_one_by_one(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        proxy.chunk = 1
        client.sendall(b"abc")
        got = b""
        while len(got) < 3:
            got += client.recv(1)
        assert got == b"abc"


def test_a_paused_proxy_holds_every_byte_back_until_it_resumes(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        proxy.pause()
        client.sendall(b"later")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)
        proxy.resume()
        client.settimeout(5)
        assert client.recv(100) == b"later"


def test_a_cut_is_an_end_and_a_reset_is_an_error(echo: int) -> None:
    with Proxy(echo) as proxy:
        with _client(proxy) as client:
            proxy.cut()
            assert client.recv(100) == b""
        with _client(proxy) as client:
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                client.recv(100)


def test_a_half_closed_connection_still_carries_the_answer(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        proxy.half_close()
        assert client.recv(100) == b"<eof>"


def test_a_refusing_proxy_accepts_again_on_the_same_port(echo: int) -> None:
    with Proxy(echo) as proxy:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            _dial(proxy)
        proxy.accept()
        _client(proxy).close()


@pytest.mark.parametrize("status", [403, 426])
def test_an_upgrade_is_refused_with_the_status_asked_for(echo: int, status: Literal[403, 426]) -> None:
    with Proxy(echo, upgrade=status) as proxy, _dial(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
        assert client.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_buffered_response_comes_only_when_it_has_ended(echo: int) -> None:
    with Proxy(echo, buffered=True) as proxy, _dial(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)
        client.settimeout(5)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1000).endswith(b"<eof>")
