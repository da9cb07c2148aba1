"""What replies cost: by the prices of their model, from what the server counted or else from our own count, and for good."""

from decimal import Decimal

import pytest

from chat.models import Conversation, Model, Provider, Spending
from chat.models.costs import cost_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    provider = Provider.objects.create(name="Test", kind="openai", base_url="http://127.0.0.1:1/v1")
    prices = {"input_price": Decimal("2.5"), "output_price": Decimal(10)}
    return Model.objects.create(provider=provider, name="dear", is_default=True, **prices)


def ended(user, model, text="", status="complete", question="one", **said):
    turn = Conversation.objects.start(
        user, question, f"key-{Spending.objects.count()}-{question}"[:64], model
    )
    turn.lease(10, "")
    turn.estimate = said.pop("estimate", 0)
    assert turn.finish(status, text=text, **said)
    return turn


@pytest.mark.parametrize(
    ("prices", "read", "written", "cost"),
    [
        (("2.5", "10"), 1_000_000, 1_000_000, "12.500000"),
        (("2.5", "10"), 1, 0, "0.000002"),  # half a millionth goes to the even one
        (("3.5", None), 1, 1_000, "0.000004"),
        ((None, "0.15"), 1_000, 1_000, "0.000150"),
        (("0", "0"), 1_000, 1_000, "0.000000"),
        ((None, None), 1_000, 1_000, None),
        (("999999.9999", "999999.9999"), 900_000, 100_000, "999999.999900"),
    ],
)
def test_the_cost_is_exact_to_a_millionth(prices, read, written, cost):
    into, out = (None if price is None else Decimal(price) for price in prices)
    exact = cost_of(Model(input_price=into, output_price=out), read, written)
    assert exact == (None if cost is None else Decimal(cost))


def test_no_model_has_no_price():
    assert cost_of(None, 1_000, 1_000) is None


def test_a_reply_costs_what_its_server_counted(owner, model):
    turn = ended(owner, model, "Yes.", prompt_tokens=1_000, completion_tokens=200)
    assert (turn.cost, turn.is_estimate) == (Decimal("0.0045"), False)


def test_what_no_server_counted_is_estimated_and_says_so(owner, model):
    turn = ended(owner, model, "word " * 100, question="why " * 100)
    assert turn.is_estimate
    assert 90 <= turn.prompt_tokens <= 130
    assert 100 <= turn.completion_tokens <= 150
    assert turn.cost == cost_of(model, turn.prompt_tokens, turn.completion_tokens)


def test_a_reply_that_was_stopped_is_paid_for_as_far_as_it_came(owner, model):
    turn = ended(owner, model, "word " * 100, "stopped", prompt_tokens=1_000)
    assert turn.is_estimate
    assert turn.prompt_tokens == 1_000
    assert turn.completion_tokens > 100


def test_to_go_on_is_not_to_write_the_beginning_again(owner, model):
    cut = ended(owner, model, "word " * 400, "interrupted")
    onward = cut.message.conversation.answer_on(cut, "on")
    onward.lease(10, "")
    onward.finish("complete", text="word " * 400 + "end")
    assert onward.completion_tokens < 5


def test_a_request_that_was_refused_costs_nothing_and_is_counted_nowhere(owner, model):
    turn = ended(owner, model, "", "failed", reason="no_model")
    assert (turn.cost, turn.prompt_tokens, turn.is_estimate) == (None, None, False)
    assert not Spending.objects.exists()


def test_each_person_day_and_model_has_one_sum(owner, guest, model):
    for user in (owner, owner, guest):
        ended(user, model, "Yes.", prompt_tokens=1_000, completion_tokens=200)
    (row,) = Spending.objects.visible_to(owner)
    assert (row.turns, row.prompt_tokens, row.completion_tokens) == (2, 2_000, 400)
    assert (row.cost, row.estimated, row.unpriced) == (Decimal("0.009"), 0, 0)
    assert Spending.objects.visible_to(guest).get().turns == 1


def test_what_was_deleted_stays_on_the_bill(owner, model):
    turn = ended(owner, model, "Yes.", prompt_tokens=1_000, completion_tokens=200)
    turn.message.conversation.delete()
    assert Spending.objects.visible_to(owner).get().cost == Decimal("0.0045")


def test_a_model_without_prices_is_counted_without_cost(owner, model):
    Model.objects.update(input_price=None, output_price=None)
    model.refresh_from_db()
    turn = ended(owner, model, "Yes.", prompt_tokens=1_000, completion_tokens=200)
    assert turn.cost is None
    row = Spending.objects.get()
    assert (row.cost, row.unpriced, row.prompt_tokens) == (0, 1, 1_000)


def test_estimates_follow_what_the_server_counts(owner, model):
    ended(owner, model, "Yes.", estimate=1_000, prompt_tokens=1_500, completion_tokens=2)
    model.refresh_from_db()
    assert model.scale == 1.5
    assert ended(owner, model, "Yes.", estimate=1_000).prompt_tokens == 1_500
    ended(owner, model, "Yes.", estimate=1_000, prompt_tokens=1_000, completion_tokens=2, question="two")
    model.refresh_from_db()
    assert model.scale == pytest.approx(1.4)
    ended(owner, model, "Yes.", estimate=100, prompt_tokens=900, completion_tokens=2, question="three")
    model.refresh_from_db()
    assert model.scale == pytest.approx(1.4)
