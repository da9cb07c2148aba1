"""Titles made by the model: once, in the background, and never over a person's own."""

import asyncio
import json

import pytest

from chat.turns.titles import cleaned
from tests.faults.model_server import ModelServer
from tests.faults.oracles import ends, eventually
from tests.faults.world import SHORT, open_world
from tests.product import PASSWORD
from tests.viewers import Person, Viewer

TITLE = "Zwei Wochen am Meer"


def answering(title, *, ask=None):
    """A model that streams its reply, and says `title` where a whole answer is asked for."""

    async def script(wire):
        if wire.request.body["stream"]:
            await wire.head()
            await wire.say("Gern.")
            await wire.finish()
            return
        if ask:
            await ask(wire)
        message = {"role": "assistant", "content": title}
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        await wire.head(kind="application/json")
        await wire.send(json.dumps(body).encode())

    return script


async def refusing(wire):
    if wire.request.body["stream"]:
        await wire.head()
        await wire.say("Gern.")
        await wire.finish()
    else:
        await wire.head(500, "text/plain")
        await wire.send(b"no")


async def failing(wire):
    await wire.head(400, "text/plain")
    await wire.send(b"no")


async def slow(wire):
    await asyncio.sleep(1.0)


SCRIPTS = {
    "good": answering(TITLE),
    "quoting": answering('<think>Hm.</think>\n\n**"Sea\u202e\u200b and <b>sun</b>"**\n\nI hope it helps!'),
    "silent": answering(""),
    "slow": answering(TITLE, ask=slow),
    "refusing": refusing,
    "failing": failing,
}


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    environment = SHORT | {"TITLES": "on"}
    with open_world(template, tmp_path_factory.mktemp("titles"), environment, ModelServer(SCRIPTS)) as made:
        yield made


@pytest.fixture
async def alice(world):
    async with Person(world.product.url) as person:
        yield await person.sign_in("alice", PASSWORD)


def titles(world, conversation):
    return world.ledger.query(
        "SELECT title, titled_by FROM chat_conversation WHERE id = ?", [conversation.replace("-", "")]
    )[0]


def whole(world, model):
    """The requests that did not ask for a stream."""
    return [request for request in world.models.asked(model) if not request.body["stream"]]


async def over(world, viewer):
    return await ends(world.ledger, world.last(viewer).turn)


async def begun(world, alice, model, text):
    viewer = await world.begin(alice, model, text)
    await over(world, viewer)
    return viewer


async def test_the_first_whole_reply_brings_a_title_and_no_later_one_asks_again(world, alice):
    viewer = await begun(world, alice, "good", "Wohin im Sommer?")
    await eventually(lambda: titles(world, viewer.conversation) == (TITLE, "model"))
    (asked,) = whole(world, "good")
    said = [(message["role"], message["content"]) for message in asked.body["messages"]]
    assert said[:2] == [("user", "Wohin im Sommer?"), ("assistant", "Gern.")]
    assert "title" in said[2][1]
    assert TITLE in (await alice.open(viewer.conversation)).html
    await alice.ask(viewer.conversation, "Und dann?")
    await over(world, viewer)
    await alice.act(world.last(viewer).turn, "retry")
    await over(world, viewer)
    assert len(whole(world, "good")) == 1


async def test_a_page_that_is_open_learns_of_it(world, alice):
    viewer = await world.begin(alice, "slow", "Tell my page.")
    await viewer.watch(lambda viewer: any(f["type"] == "conversation.changed" for f in viewer.heard))
    await eventually(lambda: titles(world, viewer.conversation)[0] == TITLE)


async def test_what_the_model_makes_of_it_is_one_plain_line(world, alice):
    viewer = await begun(world, alice, "quoting", "Where to?")
    await eventually(lambda: titles(world, viewer.conversation)[1] == "model")
    await eventually(lambda: titles(world, viewer.conversation)[0] != "Where to?")
    assert titles(world, viewer.conversation)[0] == "Sea and sun"


@pytest.mark.parametrize("model", ["silent", "refusing"])
async def test_without_a_title_the_question_stays_and_nobody_asks_again(world, alice, model):
    viewer = await begun(world, alice, model, "Keep this line")
    await eventually(lambda: len(whole(world, model)) == 1 and whole(world, model)[0].ended)
    await alice.ask(viewer.conversation, "More")
    await over(world, viewer)
    assert titles(world, viewer.conversation)[0] == "Keep this line"
    assert len(whole(world, model)) == 1


async def test_a_reply_that_failed_asks_for_none(world, alice):
    viewer = await begun(world, alice, "failing", "Will this work?")
    assert titles(world, viewer.conversation) == ("Will this work?", "question")
    assert whole(world, "failing") == []


async def test_a_persons_own_title_is_theirs_however_late_the_models_comes(world, alice):
    before = len(whole(world, "slow"))
    viewer = await begun(world, alice, "slow", "Name me")
    await eventually(lambda: len(whole(world, "slow")) > before)
    await alice.post(f"/conversations/{viewer.conversation}/title/", title="Mine")
    await eventually(lambda: whole(world, "slow")[-1].ended)
    assert titles(world, viewer.conversation) == ("Mine", "person")


async def test_a_temporary_chat_is_never_given_one(world, alice):
    page = await alice.post("/conversations/", text="Hush", temporary="1", model=world.names["good"])
    before = len(whole(world, "good"))
    viewer = Viewer(alice, page.url.strip("/").split("/")[-1])
    await viewer.load()
    await over(world, viewer)
    # Another chat has its title, so that this one would have had it, too.
    other = await begun(world, alice, "good", "Out loud")
    await eventually(lambda: len(whole(world, "good")) > before)
    await eventually(lambda: titles(world, other.conversation)[1] == "model")
    assert titles(world, viewer.conversation)[1] == "question"
    assert len(whole(world, "good")) == before + 1


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Sea and sun", "Sea and sun"),
        ("\n\n  # Sea and sun  \nmore", "Sea and sun"),
        ('"Sea and sun."', "Sea and sun"),
        ("**Title:** Sea and sun", "Sea and sun"),
        ("Titel: Meer", "Meer"),
        ("「海と太陽」", "海と太陽"),
        ("C++: a tour", "C++: a tour"),
        ("<think>I never stop", ""),
        ("<think>a\nb</think>Sea", "Sea"),
        ("a\u202eb\u200b\u2066c\x00d\x1b[31m", "abc d 31m"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud83d half", "half"),
        ("", ""),
        ("***", ""),
        ("\u202e", ""),
        ("word " * 500, " ".join(["word"] * 12) + "…"),
        ("x" * 500, "x" * 60 + "…"),
    ],
)
def test_a_title_is_one_line_of_plain_text(said, title):
    assert cleaned(said) == title
    assert len(cleaned(said)) <= 200
