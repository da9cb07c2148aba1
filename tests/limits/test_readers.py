"""Clients that read slowly, or never, what was answered whole."""

import socket
import time

import psutil
import pytest

from tests.limits.test_connections import until
from tests.product import PASSWORD, Product
from tests.viewers import Person

CHARS = 190_000


@pytest.fixture(scope="module")
def patient(template, tmp_path_factory):
    with Product(template, tmp_path_factory.mktemp("patient"), CLIENT_UNREAD_SECONDS="30") as product:
        yield product


@pytest.fixture
async def alice(patient):
    async with Person(patient.url) as person:
        yield await person.sign_in("alice", PASSWORD)


async def ask(alice: Person) -> tuple[str, str]:
    """A page of a megabyte and more, which is as long however often it is asked for; and what asks for it."""
    conversation = await alice.start("".join(f"{number:06} " for number in range(CHARS // 7)))
    page = await alice.open(conversation)
    path = f"/messages/{page.messages[0].message}/text/"
    return path, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {alice.cookie}\r\n\r\n"


def dial(product: Product, said: str) -> socket.socket:
    """With as little room for an answer as the kernel allows."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", product.port))
    client.sendall(said.encode())
    return client


async def test_what_is_read_slowly_arrives_whole_and_the_connection_goes_on(patient, alice):
    path, said = await ask(alice)
    async with alice.web.get(patient.url + path) as answer:
        whole = await answer.read()
    assert len(whole) > 180_000
    with dial(patient, said) as client:
        for _ in range(2):
            head, read = b"", b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            while len(read) < len(whole):
                read += client.recv(min(3000, len(whole) - len(read)))
            assert read == whole
            client.sendall(said.encode())


async def test_an_answer_that_nobody_reads_keeps_no_thread(patient, alice):
    _, said = await ask(alice)
    process = psutil.Process(patient.pid)
    before = process.num_threads()
    clients = [dial(patient, said) for _ in range(40)]
    ports = {client.getsockname()[1] for client in clients}
    try:
        for client in clients:
            assert client.recv(12) == b"HTTP/1.1 200"
        until(lambda: process.num_threads() < before + 10, 20)
        peers = {c.raddr.port for c in process.net_connections("tcp") if c.raddr}
        assert ports <= peers, "all of them are still being waited for"
        began = time.monotonic()
        assert (await alice.get("/healthz")).status == 200
        assert time.monotonic() - began < 5
    finally:
        for client in clients:
            client.close()
