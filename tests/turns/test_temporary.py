"""A temporary chat leaves no row behind, in any table."""

import uuid

import pytest

from tests.faults.model_server import ModelServer
from tests.faults.oracles import ends, eventually
from tests.faults.scripts import endless
from tests.faults.scripts import quick as answer
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD
from tests.viewers import Person, Viewer

SECRET = "marmots whistle in April"


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    models = ModelServer({"quick": answer, "endless": endless})
    environment = SHORT | {"TITLES": "on", "TEMPORARY_KEEP_SECONDS": "3"}
    with open_world(template, tmp_path_factory.mktemp("temporary"), environment, models) as made:
        yield made


@pytest.fixture
async def alice(world):
    async with Person(world.product.url) as person:
        await person.sign_in("alice", PASSWORD)
        # What anybody has after a first chat: a topic for hints, a sign-in, a title, three texts in the index.
        ordinary = await world.begin(person, "quick", "An ordinary chat")
        await over(world, ordinary)
        await eventually(lambda: is_settled(world, ordinary.conversation))
        yield person


def is_settled(world, conversation):
    found = world.ledger.query(
        "SELECT title, (SELECT COUNT(*) FROM chat_searchentry WHERE conversation_id = c.id)"
        " FROM chat_conversation c WHERE id = ?",
        [conversation.replace("-", "")],
    )
    return found == [("Done", 3)]


async def over(world, viewer):
    return await ends(world.ledger, world.last(viewer).turn)


def rows(world):
    """Every row of every table, save what signing in and starting a server change, what names a chat that stays, and the
    bill, which says how much somebody used in a day and nothing of what for."""
    database = world.product.database
    others = (
        "sqlite_",
        "auth_user",
        "django_session",
        "chat_device",
        "axes_",
        "chat_model",
        "chat_spending",
    )
    staying = database.query("SELECT id FROM chat_conversation WHERE NOT temporary")
    names = [name for (pk,) in staying for name in (pk, str(uuid.UUID(pk)))]
    return {
        table: {
            row
            for row in map(repr, database.query(f'SELECT * FROM "{table}"'))
            if not any(name in row for name in names) and "user:" not in row[:7]
        }
        for table in database.tables()
        if not table.startswith(others)
    }


async def begin(world, person, model, text=SECRET):
    page = await person.post("/conversations/", text=text, temporary="1", model=world.names[model])
    assert page.status == 303
    viewer = Viewer(person, page.url.strip("/").split("/")[-1])
    await viewer.load()
    return viewer


async def rows_at_rest(world):
    """Once what earlier tests left behind is gone, and the end of every reply is announced."""
    counts = (
        "SELECT (SELECT COUNT(*) FROM chat_conversation WHERE temporary),"
        " (SELECT COUNT(*) FROM chat_conversation)"
        " - (SELECT COUNT(*) FROM chat_journal_topic WHERE topic LIKE 'conversation:%'),"
        " (SELECT COUNT(*) FROM chat_turn) - (SELECT COUNT(*) FROM chat_journal_fence),"
        " (SELECT COUNT(*) FROM chat_turn WHERE NOT announced)"
    )
    await eventually(lambda: world.ledger.query(counts) == [(0, 0, 0, 0)], 20)
    return rows(world)


def left(before, world):
    """The rows that came, and those that went."""
    after = rows(world)
    return {table: after[table] ^ before[table] for table in after if after[table] != before[table]}


async def gone(world, before):
    try:
        await eventually(lambda: not left(before, world), 20)
    except AssertionError:
        assert left(before, world) == {}


async def test_ended_it_leaves_no_row(world, alice):
    before = await rows_at_rest(world)
    viewer = await begin(world, alice, "quick")
    await over(world, viewer)
    await alice.ask(viewer.conversation, "More of that", model=world.names["quick"])
    await over(world, viewer)
    assert any(SECRET in row for row in rows(world)["chat_message"])
    await alice.post(f"/conversations/{viewer.conversation}/settings/", system="Whistle.")
    page = await alice.post(f"/conversations/{viewer.conversation}/delete/")
    assert page.status == 303
    assert (await alice.open(viewer.conversation)).status == 404
    await gone(world, before)


async def test_ended_in_the_middle_of_a_reply_it_leaves_no_row_and_the_model_is_not_asked_on(world, alice):
    before = await rows_at_rest(world)
    viewer = await begin(world, alice, "endless")
    await world.asked("endless")
    await alice.post(f"/conversations/{viewer.conversation}/delete/")
    await eventually(lambda: world.models.asked("endless")[-1].gone)
    await gone(world, before)


async def test_left_alone_it_is_gone_after_a_while_and_not_before_its_page_is_closed(world, alice):
    before = await rows_at_rest(world)
    viewer = await begin(world, alice, "quick")
    await over(world, viewer)
    opened = len(viewer.heard)
    # Longer than an unwatched one is kept: a heartbeat comes after 15 s.
    await viewer.watch(lambda v: len(v.heard) > opened + 1, 20)
    assert (await alice.open(viewer.conversation)).status == 200
    await gone(world, before)
    assert (await alice.open(viewer.conversation)).status == 404


async def test_signing_out_ends_those_of_the_person_and_nobody_elses(world, alice):
    async with Person(world.product.url) as bob, Person(world.product.url) as again:
        await bob.sign_in("bob", PASSWORD)
        his = await begin(world, bob, "quick", "Bob's own")
        hers = await begin(world, alice, "quick")
        await over(world, his)
        await alice.post("/accounts/logout/")
        await again.sign_in("alice", PASSWORD)
        assert (await again.open(hers.conversation)).status == 404
        assert (await bob.open(his.conversation)).status == 200


async def test_administrators_find_none(world, alice):
    viewer = await begin(world, alice, "quick")
    row = await over(world, viewer)
    async with Person(world.product.url) as root:
        await root.sign_in("root", PASSWORD)
        assert SECRET not in (await root.get("/admin/chat/conversation/")).html
        transcript = f"/admin/chat/conversation/{viewer.conversation}/change/"
        assert (await root.get(transcript)).status == 404
        assert row.turn not in (await root.get("/admin/chat/turn/")).html
        # Django's way to say that there is none: it leads to the index.
        assert (await root.get(f"/admin/chat/turn/{row.turn}/change/")).url.endswith("/admin/")


async def test_a_server_that_was_away_for_longer_deletes_it_as_it_starts(world, alice):
    before = await rows_at_rest(world)
    viewer = await begin(world, alice, "quick")
    await over(world, viewer)
    world.product.restart()
    async with Person(world.product.url) as again:
        await again.sign_in("alice", PASSWORD)
        await eventually(lambda: not world.ledger.turns(viewer.conversation), 15)
    await gone(world, before)
