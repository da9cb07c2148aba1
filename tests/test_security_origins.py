"""From which pages a WebSocket may be opened: this site's own and the trusted ones, by scheme, host and port."""

import asyncio

import pytest

from tests.product import PASSWORD, Product
from tests.viewers import Person

TRUSTED = "http://chat.example.org:8080"
FAMILY = "http://*.example.net"


@pytest.fixture(scope="module")
def product(template, tmp_path_factory):
    with Product(
        template, tmp_path_factory.mktemp("origins"), CSRF_TRUSTED_ORIGINS=f"{TRUSTED},{FAMILY}"
    ) as product:
        yield product


@pytest.fixture
async def alice(product):
    async with Person(product.url) as person:
        yield await person.sign_in("alice", PASSWORD)


async def opens(person: Person, origin: str | None, host: str = "") -> bool:
    """By hand, since no client sends what an attacker's would."""
    lines = [
        "GET /ws/conversations/00000000-0000-0000-0000-000000000000/ HTTP/1.1",
        f"Host: {host or f'127.0.0.1:{person.port}'}",
        f"Cookie: {person.cookie}",
        *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *([] if origin is None else [f"Origin: {origin}"]),
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", person.port)
    writer.write("\r\n".join([*lines, "", ""]).encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    assert status in (101, 400, 403)
    return status == 101


async def test_the_sites_own_pages_and_the_trusted_ones_get_in(alice):
    assert await opens(alice, alice.url)
    assert await opens(alice, TRUSTED)
    assert await opens(alice, "http://chat.example.net")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1.evil.example:{port}",
        "http://evil.example:{port}",
        "http://user@127.0.0.1:{port}@evil.example",
        "http://127.0.0.1:{port}@evil.example",
        "ws://127.0.0.1:{port}",
        "file://",
        "chrome-extension://abcdefghijklmnop",
        "http://chat.example.org",
        "https://chat.example.org:8080",
        "http://chat.example.org:8081",
        "http://chat.example.org:8080.evil.example",
        "http://evil-chat.example.org:8080",
        "http://x.chat.example.org:8080",
        "http://example.org:8080",
        "http://chat.example.org.:8080",
        "http://chat.example.net.evil.example",
        "http://evil-example.net",
    ],
)
async def test_no_other_page_gets_in(alice, origin):
    assert not await opens(alice, origin and origin.format(port=alice.port))


async def test_a_host_that_is_not_ours_makes_no_origin_ours(product, alice):
    """DNS rebinding: the browser believes that the page and the socket are of one host."""
    assert not await opens(alice, "http://evil.example", host="evil.example")
