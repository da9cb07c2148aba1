"""What is left out of a prompt that is too long: whole exchanges, the oldest first, and never what the question needs."""

from hypothesis import given
from hypothesis import strategies as st

from chat import budget
from chat.providers.base import Prompt, Said, ToolCall, ToolResult, ToolSpec

WORDS = st.text(st.sampled_from("ab 1{\n世é😀"), max_size=60)


@st.composite
def exchanges(draw):
    """What a person said and all that came of it: an answer, rounds of tools, or nothing."""
    said = [Said("user", draw(WORDS))]
    for number in range(draw(st.integers(0, 2))):
        call = ToolCall(f"c{number}", "look", draw(WORDS))
        said += [
            Said("assistant", "", calls=[call]),
            Said("user", "", results=[ToolResult(call.id, draw(WORDS))]),
        ]
    return [*said, Said("assistant", draw(WORDS))] if draw(st.booleans()) else said


TALKS = st.lists(exchanges(), min_size=1, max_size=8)


def prompt_of(talk):
    tools = [ToolSpec("look", "Looks", {"type": "object"})]
    return Prompt("m", [said for exchange in talk for said in exchange], {}, "Be brief.", tools)


@given(TALKS, st.integers(0, 400), st.integers(0, 100), st.integers(1, 2))
def test_what_is_kept_is_the_end_of_the_talk_in_whole_exchanges(talk, window, reserve, kept):
    fitted = budget.fit(prompt_of(talk), window, reserve, kept=kept)
    assert list(fitted.prompt.messages) == [said for each in talk[fitted.exchanges :] for said in each]
    assert len(talk) - fitted.exchanges >= min(kept, len(talk))
    assert (fitted.prompt.system, fitted.prompt.tools) == ("Be brief.", prompt_of(talk).tools)
    assert fitted.tokens == budget.tokens_of_prompt(fitted.prompt)


@given(TALKS, st.integers(0, 400), st.integers(0, 100))
def test_nothing_is_left_out_that_would_fit(talk, window, reserve):
    fitted = budget.fit(prompt_of(talk), window, reserve)
    assert fitted.tokens <= window - reserve or fitted.exchanges == len(talk) - 1
    if fitted.exchanges:
        assert budget.tokens_of_prompt(prompt_of(talk[fitted.exchanges - 1 :])) > window - reserve


@given(TALKS, st.integers(0, 400), st.integers(0, 200), st.integers(0, 100))
def test_more_room_never_leaves_out_more(talk, window, more, reserve):
    small, large = (budget.fit(prompt_of(talk), each, reserve) for each in (window, window + more))
    assert large.exchanges <= small.exchanges
    assert budget.fit(prompt_of(talk), window, reserve + more).exchanges >= small.exchanges
    assert budget.fit(prompt_of(talk), window, reserve, scale=1.5).exchanges >= small.exchanges


@given(TALKS)
def test_a_window_that_is_not_known_holds_everything(talk):
    assert budget.fit(prompt_of(talk), None, 10**9).prompt == prompt_of(talk)


@given(TALKS, st.integers(1, 2))
def test_half_a_talk_is_left_where_a_server_says_that_it_is_too_long(talk, kept):
    fitted = budget.half(prompt_of(talk), kept=kept)
    assert fitted.exchanges == min((len(talk) + 1) // 2, max(0, len(talk) - kept))
    assert list(fitted.prompt.messages) == [said for each in talk[fitted.exchanges :] for said in each]


def test_the_reserve_is_what_was_asked_for_or_a_share():
    assert budget.reserve_of(8_000, 1_000, 4_000) == 1_000
    assert budget.reserve_of(8_000, 7_000, 4_000) == 4_000
    assert budget.reserve_of(8_000, None, 1_500) == 1_500
    assert budget.reserve_of(8_000, None, 100_000) == 2_000
    assert budget.reserve_of(8_000, None, None) == 2_000


@given(WORDS, WORDS)
def test_a_text_takes_what_its_pieces_take(one, other):
    both = budget.tokens_of(one + other)
    assert budget.tokens_of(one) <= both <= budget.tokens_of(one) + budget.tokens_of(other)
    assert budget.tokens_of(one) + budget.tokens_of(other) <= both + 1


def test_the_estimate_knows_prose_code_and_scripts():
    prose = "The quick brown fox jumps over the lazy dog, and nobody minds. " * 20
    code = "def f(x):\n    return {'a': x[0], 'b': x[1] + 2}\n" * 20
    assert 3.5 < len(prose) / budget.tokens_of(prose) < 4.2
    assert 2.5 < len(code) / budget.tokens_of(code) < 3.4
    assert budget.tokens_of("世界" * 50) == 100
    assert budget.tokens_of("Привет" * 10) == 30
    assert budget.tokens_of("😀" * 10) == 20
    assert budget.tokens_of("") == 0
