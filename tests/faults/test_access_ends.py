"""A stream that is open ends within five seconds of the right to it."""

import asyncio
import time

import pytest

from tests.faults.oracles import eventually
from tests.faults.scripts import endless
from tests.product import PASSWORD
from tests.viewers import DOORS, Closed, Viewer, follow

SCRIPTS = {"endless": endless}
ENVIRONMENT = {"TURN_TOTAL_SECONDS": "25"}
WITHIN = 5
# What a refused viewer is told: by the close code, and over HTTP by the status of its next request.
SIGNED_OUT, NOT_THERE = {4401, 401}, {4404, 404}


async def log_out(world, alice, viewer):
    page = await alice.post("/accounts/logout/")
    assert page.status in (302, 303)


async def expire(world, alice, viewer):
    key = next(cookie.value for cookie in alice.web.cookie_jar if "sessionid" in cookie.key)
    world.ledger.write("UPDATE django_session SET expire_date = '2020-01-01' WHERE session_key = ?", [key])


async def deactivate(world, alice, viewer):
    world.ledger.write("UPDATE auth_user SET is_active = FALSE WHERE username = 'alice'")


async def change_password(world, alice, viewer):
    """As an administrator sets one, or the person does on another device."""
    code = "from django.contrib.auth.models import User; u = User.objects.get(username='alice'); "
    code += f"u.set_password({PASSWORD!r}); u.save()"
    await asyncio.to_thread(world.product.manage, "shell", "--verbosity=0", "-c", code)


async def delete_session(world, alice, viewer):
    key = next(cookie.value for cookie in alice.web.cookie_jar if "sessionid" in cookie.key)
    with world.ledger.transaction() as execute:
        execute("DELETE FROM chat_device WHERE session_id = ?", [key])
        execute("DELETE FROM django_session WHERE session_key = ?", [key])


async def give_away(world, alice, viewer):
    world.ledger.write(
        "UPDATE chat_conversation SET user_id = (SELECT id FROM auth_user WHERE username = 'bob') WHERE id = ?",
        [viewer.conversation.replace("-", "")],
    )


async def delete_chat(world, alice, viewer):
    page = await alice.post(f"/conversations/{viewer.conversation}/delete/")
    assert page.status in (302, 303)


ENDS = [
    pytest.param(log_out, SIGNED_OUT, id="c16-logout"),
    pytest.param(expire, SIGNED_OUT, id="c16-session-expires"),
    pytest.param(delete_session, SIGNED_OUT, id="c16-session-deleted"),
    pytest.param(change_password, SIGNED_OUT, id="c16-password-changed"),
    pytest.param(deactivate, SIGNED_OUT, id="c16-deactivated"),
    pytest.param(give_away, NOT_THERE, id="c17-no-longer-theirs"),
    pytest.param(delete_chat, NOT_THERE, id="c17-deleted"),
]


@pytest.fixture(autouse=True)
def active_again(world):
    yield
    world.ledger.write("UPDATE auth_user SET is_active = TRUE WHERE username = 'alice'")


@pytest.mark.parametrize(("lose", "codes"), ENDS)
async def test_open_streams_of_every_kind_end_with_the_right_to_them(world, enter, lose, codes):
    alice, device = await enter(world, "alice"), None
    first = await world.begin(alice, "endless")
    viewers = [first, *(Viewer(alice, first.conversation, door) for door in DOORS[1:])]
    for viewer in viewers:
        await viewer.watch(lambda viewer: len(viewer.text) > 20)
    if lose is change_password:
        device = await enter(world, "bob")
    readers = [asyncio.create_task(_read_on(viewer)) for viewer in viewers]
    began = time.monotonic()
    await lose(world, alice, first)
    lost = time.monotonic()
    for ended, code in await asyncio.gather(*readers):
        assert ended - began < WITHIN + (lost - began)
        assert code in codes
    for viewer in viewers:
        seen = viewer.text
        with pytest.raises(Closed) as refused:
            await _read_on_raising(viewer)
        assert refused.value.code in codes
        assert viewer.text == seen
    assert device is None or device.token


async def _read_on(viewer: Viewer) -> tuple[float, int]:
    """When the last frame came, and the word with which the viewer was sent away for good."""
    try:
        await _read_on_raising(viewer)
    except Closed as closed:
        return time.monotonic(), closed.code
    raise AssertionError("the stream went on for ever")


async def _read_on_raising(viewer: Viewer) -> None:
    async with asyncio.timeout(15):
        while True:
            try:
                async for frame in follow(viewer.person, viewer.conversation, viewer.cursor, viewer.door):
                    if frame.get("deleted"):
                        continue
                    await viewer.take(frame)
            except Closed as closed:
                if closed.code:
                    raise


async def test_the_reply_of_somebody_who_signed_out_is_finished_for_them(world, enter):
    """Rule 5: leaving is not stopping, and neither is signing out."""
    alice = await enter(world, "alice")
    viewer = await world.begin(alice, "endless")
    await viewer.watch(lambda viewer: len(viewer.text) > 20)
    turn = world.last(viewer).turn
    await log_out(world, alice, viewer)
    seen = len(world.ledger.journalled(world.last(viewer)))
    await eventually(lambda: len(world.ledger.journalled(world.ledger.turn(turn))) > seen + 20)
    again = await enter(world, "alice")
    assert (await again.act(turn, "stop")).status == 303


async def test_a_stranger_is_told_at_every_door_that_there_is_nothing(world, alice, charlie):
    """Rule 9"""
    viewer = await world.begin(alice, "endless")
    for door in DOORS:
        with pytest.raises(Closed) as refused:
            await _read_on_raising(Viewer(charlie, viewer.conversation, door))
        assert refused.value.code in NOT_THERE
    row = world.last(viewer)
    assert (await charlie.act(row.turn, "stop")).status == 404
    assert (await charlie.ask(viewer.conversation, "Hello")).status == 404
    assert (await alice.act(row.turn, "stop")).status == 303
