"""The server is told to go while it is asked for things."""

import asyncio
import http.client
import json
import signal
import socket
import time

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.scripts import paced, words
from tests.faults.world import open_world
from tests.product import PASSWORD
from tests.viewers import Person

ISSUE = """
from django.contrib.auth.models import User
from chat.models import ApiKey
print(ApiKey.issue(User.objects.get(username="alice"), "x")[1])
"""


@pytest.fixture
def world(template, tmp_path):
    with open_world(
        template, tmp_path, {"POLL_SECONDS": "25"}, ModelServer({"slow": paced(40, rate=20)})
    ) as world:
        yield world


def kept(product) -> http.client.HTTPConnection:
    """A connection that has had one answer, as those of a proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=15)
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    return connection


async def test_what_is_under_way_is_answered_and_nothing_new_is_begun(world):
    """A program's question is answered whole, a long poll at once; a new request on a kept connection is sent elsewhere."""
    product = world.product
    secret = product.manage("shell", "--verbosity=0", "-c", ISSUE).strip().splitlines()[-1]
    async with Person(product.url) as alice, Person(product.url) as bob:
        await alice.sign_in("alice", PASSWORD)
        await bob.sign_in("bob", PASSWORD)
        connection = kept(product)
        cursor = (await _poll(bob, ""))["cursor"]
        polling = asyncio.create_task(_poll(bob, cursor))
        asking = asyncio.create_task(_ask(alice, secret))
        await world.asked("slow")
        process, began = product._process, time.monotonic()
        process.terminate()
        assert (await polling)["events"] == []
        assert time.monotonic() - began < 5, "a poll is not held to its end"
        connection.request("GET", "/healthz")
        refused = connection.getresponse()
        assert (refused.status, refused.getheader("Connection")) == (503, "close")
        assert int(refused.getheader("Retry-After")) > 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", product.port), timeout=5).close()
        connection.close()
        assert (await asking)["text"] == words(40)
        await asyncio.to_thread(process.wait, 10)
        assert time.monotonic() - began < 10


async def test_a_poll_that_comes_just_before_the_end_is_answered_at_once(world):
    """It asks whether it may look on while the others are told to go."""
    process = world.product._process
    async with Person(world.product.url) as bob:
        await bob.sign_in("bob", PASSWORD)
        cursor = (await _poll(bob, ""))["cursor"]
        connection = kept(world.product)
        process.send_signal(signal.SIGSTOP)
        # Once it is sent, it lies in the server's socket, and is read before the server hears that it is to go.
        connection.request("GET", f"/events/poll/?after={cursor}", headers={"Cookie": bob.cookie})
        began = time.monotonic()
        process.terminate()
        process.send_signal(signal.SIGCONT)
        answer = await asyncio.to_thread(connection.getresponse)
        assert json.load(answer)["events"] == []
        assert time.monotonic() - began < 5
        connection.close()


async def _poll(person: Person, after: str):
    async with person.web.get(f"{person.url}/events/poll/?after={after}") as answer:
        return await answer.json()


async def _ask(person: Person, secret: str):
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"model": "slow", "prompt": "Go on."}
    async with person.web.post(f"{person.url}/api/complete/", json=body, headers=headers) as answer:
        return await answer.json()


def test_an_idle_server_is_gone_at_once_whoever_keeps_a_connection(world):
    connections = [kept(world.product) for _ in range(5)]
    # Half a second on a machine that does nothing else.
    assert world.product.terminate() < 3
    for connection in connections:
        connection.close()
