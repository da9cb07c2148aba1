"""The port of a process that serves nobody."""

import asyncio

import aiohttp
import pytest

from chat.telemetry import port

# Figures of the queue are asked of the database.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def address():
    server = await port.listen("127.0.0.1", 0)
    assert server
    host, number = server.sockets[0].getsockname()
    yield f"http://{host}:{number}"
    server.close()


@pytest.mark.parametrize(
    ("path", "headers", "status", "says"),
    [
        ("/metrics", {}, 200, "rivulet_turns_total"),
        ("/metrics", {"X-Forwarded-For": "203.0.114.9"}, 404, ""),
        ("/healthz", {"X-Forwarded-For": "203.0.114.9"}, 200, "ok"),
        ("/healthz?x=1", {}, 200, "ok"),
        ("/", {}, 404, ""),
        ("/metrics/../admin/", {}, 404, ""),
    ],
)
async def test_it_tells_figures_and_that_it_is_alive_and_nothing_else(address, path, headers, status, says):
    async with aiohttp.ClientSession() as web, web.get(address + path, headers=headers) as answer:
        assert answer.status == status
        assert says in await answer.text()


async def test_with_a_token_it_asks_for_it(address, settings):
    settings.METRICS_TOKEN = "right"
    async with aiohttp.ClientSession() as web:
        for token, status in (("right", 200), ("wrong", 404)):
            headers = {"Authorization": f"Bearer {token}"}
            async with web.get(f"{address}/metrics", headers=headers) as answer:
                assert answer.status == status


async def test_whoever_sends_garbage_gets_nothing(address):
    number = int(address.rpartition(":")[2])
    for sent in (b"", b"\r\n\r\n", b"GET\r\n\r\n", b"POST /metrics HTTP/1.1\r\n\r\n", b"x" * 40_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        try:
            writer.write(sent)
            await writer.drain()
            writer.write_eof()
            assert b"200 OK" not in await reader.read()
        except OSError:
            pass
        finally:
            writer.close()


async def test_a_port_that_is_taken_is_told_of_and_is_no_reason_to_stop(address, caplog):
    assert await port.listen("127.0.0.1", int(address.rpartition(":")[2])) is None
    assert "not to be had" in caplog.text
