"""The product in front of models with little room: what they are sent, and what people see of it."""

import json

import pytest

from tests.faults.model_server import DONE, ModelServer, Wire, event, finish
from tests.faults.scripts import quick
from tests.faults.world import open_world
from tests.product import PASSWORD
from tests.viewers import Person

MARK = "Messages above this line were not sent to the model"
WINDOWS = """
from chat.models import Model
Model.objects.filter(name__in=["small", "strict"]).update(
    input_price=1, output_price=2, takes_tools=False
)
Model.objects.filter(name="small").update(context_window=600, max_output=100)
"""
QUESTION = "word " * 150
STRICT = 1_500


async def strict(wire: Wire) -> None:
    """A server that takes so many characters, and counts no tokens that it would tell of."""
    taken = sum(len(message["content"]) for message in wire.request.body["messages"])
    if taken < STRICT:
        return await quick(wire)
    await wire.head(400, "application/json")
    said = f"This model's maximum context length is {STRICT} tokens. However, your messages are longer."
    return await wire.send(
        json.dumps({"error": {"message": said, "code": "context_length_exceeded"}}).encode()
    )


async def small(wire: Wire) -> None:
    await wire.head()
    await wire.say("Done.")
    sent = sum(len(message["content"]) for message in wire.request.body["messages"])
    usage = {"prompt_tokens": sent // 4, "completion_tokens": 7}
    await wire.send(finish() + event({"choices": [], "usage": usage}) + DONE)


@pytest.fixture(scope="module")
def world(template, tmp_path_factory):
    scripts = {"small": small, "strict": strict}
    with open_world(template, tmp_path_factory.mktemp("budget"), {}, ModelServer(scripts)) as made:
        made.product.manage("shell", "-c", WINDOWS)
        yield made


@pytest.fixture
async def alice(world):
    async with Person(world.product.url) as person:
        await person.sign_in("alice", PASSWORD)
        yield person


def roles(request):
    return [message["role"] for message in request.body["messages"]]


async def talk(world, alice, model, questions):
    viewer = await world.begin(alice, model, QUESTION)
    await world.outcome(viewer)
    for _ in range(questions - 1):
        await alice.ask(viewer.conversation, QUESTION, model=world.names[model])
        await viewer.load()
        assert (await world.outcome(viewer)).status == "complete"
    return viewer


async def test_the_oldest_exchanges_are_left_out_and_it_shows(world, alice):
    viewer = await talk(world, alice, "small", 4)
    asked = [len(roles(request)) for request in world.models.asked("small")]
    assert asked == [1, 3, 3, 3]
    # Once when it was asked for, and once more when it was known where what is sent begins.
    told = [each for each in world.ledger.events(viewer.conversation) if each["type"] == "message.changed"]
    assert [each["message"] for each in told].count(world.last(viewer).message) == 2
    page = await alice.open(viewer.conversation)
    assert page.html.count(MARK) == 1
    before = page.html.partition(MARK)[0]
    assert [before.count(f'data-role="{role}"') for role in ("user", "assistant")] == [3, 2]
    assert "the 4 oldest messages" in page.html


async def test_what_alone_is_too_long_is_refused_and_kept(world, alice):
    page = await alice.post("/conversations/", text="word " * 600, model=world.names["small"])
    assert page.status == 422
    assert "This is too long for small by about" in page.html
    assert "word word" in page.html


async def test_a_server_that_finds_it_too_long_is_asked_once_more_with_half(world, alice):
    viewer = await talk(world, alice, "strict", 3)
    asked = [len(roles(request)) for request in world.models.asked("strict")]
    assert asked == [1, 3, 1, 5, 1]
    page = await alice.open(viewer.conversation)
    assert MARK in page.html


async def test_where_nothing_is_left_to_leave_out_it_says_so(world, alice):
    viewer = await world.begin(alice, "strict", QUESTION * 3)
    row = await world.outcome(viewer)
    assert (row.status, row.reason) == ("failed", "too_long")
    assert "too long for the model" in row.error


async def test_the_bill_outlives_the_conversation(world, alice):
    viewer = await world.begin(alice, "small", "Hello")
    await world.outcome(viewer)
    bill = """SELECT SUM(turns), SUM(prompt_tokens), SUM(completion_tokens), SUM(cost) FROM chat_spending
        WHERE model_name = 'small'"""
    (before,) = world.ledger.query(bill)
    await alice.post(f"/conversations/{viewer.conversation}/delete/")
    assert world.ledger.query(bill) == [before]
    turns, read, written, cost = before
    assert turns >= 1
    assert cost == pytest.approx((read + 2 * written) / 1_000_000)
    settings = await alice.get("/settings/")
    assert "USD" in settings.html
