"""Who may look on, over each transport, and for how long."""

import asyncio
import json
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.access.house import House, ends_with, socket
from tests.product import PASSWORD
from tests.viewers import DOORS, Closed, Door, Person, follow

SOCKET = {"anonymous": 4401, "deactivated": 4401, "stranger": 4404, "admin": 4404}


async def test_no_frame_reaches_who_may_not_look_on(house):
    """Whatever they send: the answer is the same close code, and nothing before it."""
    for role, code in SOCKET.items():
        for sent in (None, '{"type":"ack","cursor":"x:1"}', "garbage", b"\x00\xff"):
            async with socket(house, role) as connection:
                with suppress(ConnectionClosed):
                    if sent is not None:
                        await connection.send(sent)
                assert await ends_with(connection) == (code, 0), (role, sent)


async def test_the_owner_looks_on_and_acknowledges(house):
    async with socket(house, "owner") as connection:
        first = await connection.recv()
        assert '"type":"heartbeat"' in first
        page = await house.people["owner"].open(house.ids["conversation"])
        await connection.send(json.dumps({"type": "ack", "cursor": page.cursor}))
        assert await ends_with(connection, within=0.5) is None


BAD_FRAMES = [
    *("", "garbage", "[]", "null", "1", '"ack"', "{}", '{"type":"ack"}', '{"type":"ack","cursor":1}'),
    *('{"type":"stop"}', '{"type":"ack","cursor":"x"}', '{"type":["ack"],"cursor":"x:1"}', "{" * 5000),
    *(b"\x00\xff", b"{}", '{"type":"ack","cursor":null}', '{"type":"ack","cursor":"x:-1"}'),
]


async def test_a_bad_frame_ends_its_own_socket_alone(house):
    async with socket(house, "owner") as other:
        await other.recv()
        for frame in BAD_FRAMES:
            async with socket(house, "owner") as connection:
                await connection.recv()
                await connection.send(frame)
                ended = await ends_with(connection)
                assert ended is not None, frame
                assert ended[0] == 4400, frame
        assert await ends_with(other, within=0.2) is None
        assert await house.status("owner", "GET", "/healthz") == 200


async def signs_out(house: House, person: Person) -> None:
    await person.post("/accounts/logout/")


async def changes_the_password(house: House, person: Person) -> None:
    """In another browser."""
    async with Person(house.product.url) as other:
        await other.sign_in("alice", PASSWORD)
        await other.get("/accounts/password/")
        again = {"new_password1": f"{PASSWORD}!", "new_password2": f"{PASSWORD}!"}
        assert (await other.post("/accounts/password/", old_password=PASSWORD, **again)).status == 302
        await other.get("/accounts/password/")
        back = {"new_password1": PASSWORD, "new_password2": PASSWORD}
        assert (await other.post("/accounts/password/", old_password=f"{PASSWORD}!", **back)).status == 302


async def is_deactivated(house: House, person: Person) -> None:
    house.activate("alice", False)


async def loses_the_conversation(house: House, person: Person) -> None:
    await person.post(house.path("conversation_delete"))


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        (signs_out, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (changes_the_password, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (is_deactivated, {"socket": {4401}, "stream": {0}, "poll": {401}}),
        (loses_the_conversation, {"socket": {4404}, "stream": {0}, "poll": {404}}),
    ],
)
async def test_open_streams_end_within_five_seconds(house, cause, codes):
    """Of whoever signs out, gets a new password, is deactivated, or looks on at what is no more."""
    person = house.people["owner"]
    page = await person.open(house.ids["conversation"])
    heard = {door: asyncio.Event() for door in DOORS}
    watching = {
        door: asyncio.create_task(last_of(person, house, page.cursor, door, heard[door]))
        # A poll says nothing while it is held: it goes first, so that it is there when the others have heard something.
        for door in reversed(DOORS)
    }
    async with asyncio.timeout(10):
        await asyncio.gather(heard["socket"].wait(), heard["stream"].wait())
    assert not any(task.done() for task in watching.values())
    try:
        began = asyncio.get_running_loop().time()
        await cause(house, person)
        ended = {door: await asyncio.wait_for(task, 10) for door, task in watching.items()}
        assert asyncio.get_running_loop().time() - began < 5
    finally:
        house.activate("alice", True)
    assert all(ended[door] in codes[door] for door in DOORS), ended


async def last_of(person: Person, house: House, cursor: str, door: Door, heard: asyncio.Event) -> int:
    """How a stream ends, past what it says of the end itself."""
    try:
        async for frame in follow(person, house.ids["conversation"], cursor, door):
            heard.set()
            assert frame["type"] in ("heartbeat", "conversation.changed")
    except Closed as closed:
        return closed.code
    return 0
