"""What every decoder holds to, over what real servers sent and what is written by hand, wherever the network cuts it."""

import json
import random
import re
from dataclasses import replace

import pytest

from chat.providers.completions import CompletionDecoder
from chat.providers.messages import MessageDecoder
from chat.providers.responses import ResponseDecoder
from tests.providers.recorded import calls_in, meant, recordings, said
from tests.providers.wires import WRITTEN, Written
from tests.providers.wires.completions import call, calling, deltas
from tests.providers.wires.saying import MADE

_NO_ANSWER = re.compile("models|err_midstream|count_tokens|framed")


def _recorded(server, decoder):
    found = [one for one in recordings(server) if one.status == 200 and not _NO_ANSWER.search(one.name)]
    return [Written(one.name, decoder, one.body, meant(one)) for one in found]


RECORDED = [*_recorded("", CompletionDecoder), *_recorded("anthropic", MessageDecoder)]
ALL = [*WRITTEN, *RECORDED]
SHORT = [*WRITTEN, *(wire for wire in RECORDED if len(wire.body) < 1500)]


def claim(wires):
    return pytest.mark.parametrize("wire", wires, ids=lambda wire: wire.name)


def read(wire, *pieces):
    """What the pieces say, and the error that ends them."""
    decoder = wire.decoder()
    parts = [part for piece in pieces for part in decoder.feed(piece)]
    got = said(parts + decoder.end())
    calls = tuple((MADE if re.fullmatch("call_[0-9a-f]{24}", id) else id, *rest) for id, *rest in got.calls)
    return replace(got, calls=calls), decoder.failure


@claim(ALL)
def test_an_answer_is_read_as_it_was_meant(wire):
    assert read(wire, wire.body) == (wire.said, None)


@claim(ALL)
def test_single_bytes_say_the_same_as_the_whole(wire):
    assert read(wire, *(bytes([byte]) for byte in wire.body)) == (wire.said, None)


@claim(SHORT)
def test_a_cut_at_any_byte_changes_nothing(wire):
    for at in range(len(wire.body)):
        assert read(wire, wire.body[:at], wire.body[at:]) == (wire.said, None), at


@claim(ALL)
def test_cuts_at_random_change_nothing(wire):
    dice = random.Random(wire.name)
    for _ in range(10):
        cuts = sorted(dice.sample(range(len(wire.body)), 12))
        pieces = [wire.body[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
        assert read(wire, *pieces) == (wire.said, None), cuts


@claim(SHORT)
def test_an_end_at_any_byte_is_taken_for_the_whole_only_where_the_server_said_so(wire):
    for at in range(len(wire.body)):
        got, failure = read(wire, wire.body[:at])
        assert wire.said.text.startswith(got.text), at
        assert wire.said.reasoning.startswith(got.reasoning), at
        for *_, arguments in got.calls:
            assert any(whole.startswith(arguments) for *_, whole in wire.said.calls), at
        assert bool(got.finish) is (failure is None), at
        if got.finish:
            assert replace(got, usage=wire.said.usage) == wire.said, at
        else:
            assert failure.message.endswith("."), at
            assert failure.reason in ("cut", "malformed", "empty", "not_llm"), at
            assert failure.cut is (failure.reason == "cut"), at
            assert not failure.retryable, at


def overloaded(*around):
    return b'%b{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}%b' % around


@pytest.mark.parametrize("decoder", [CompletionDecoder, ResponseDecoder, MessageDecoder])
@pytest.mark.parametrize(
    "wire",
    [overloaded(b"event: error\ndata: ", b"\n\n"), overloaded(b"data: ", b"\n\n"), overloaded(b"", b"")],
    ids=["an event", "an event without a name", "a document"],
)
def test_a_server_that_is_overloaded_may_be_asked_again(decoder, wire):
    reader = decoder()
    assert not reader.feed(wire) + reader.end()
    assert (reader.failure.reason, reader.failure.retryable) == ("rate_limited", True)
    assert reader.failure.message == "The model server has too much to do."


@pytest.mark.parametrize("decoder", [CompletionDecoder, ResponseDecoder, MessageDecoder])
@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (b"<!doctype html><h1>Sign in</h1>", "not_llm"),
        (b"It works!", "not_llm"),
        (b'{"hello": 1}', "not_llm"),
        (b'{"choices": [', "malformed"),
        (b"data: {\n\n", "malformed"),
        (b"data: 7\n\n", "malformed"),
        (b": hello\n\n", "cut"),
        (b"", "empty"),
    ],
)
def test_what_is_no_answer_says_why(decoder, wire, reason):
    reader = decoder(event_stream=reason == "cut")
    assert not reader.feed(wire) + reader.end(bool(wire))
    assert reader.failure.reason == reason
    assert reader.failure.message.endswith(".")


HOSTILE = [None, 7, "x", [], {}, [7], {"type": 7}, [[]], True]


@pytest.mark.parametrize(
    "wire", [wire for wire in WRITTEN if wire.body[:1] != b"{"], ids=lambda wire: wire.name
)
def test_values_of_other_kinds_break_nothing(wire):
    """Each value of each event in turn is replaced by one of another kind."""
    lines = wire.body.split(b"\n")
    dice = random.Random(wire.name)
    for _ in range(60):
        changed = list(lines)
        at = dice.choice([n for n, line in enumerate(lines) if line.startswith(b"data: {")])
        changed[at] = b"data: " + json.dumps(_altered(json.loads(lines[at][6:]), dice)).encode()
        read(wire, b"\n".join(changed))


def _altered(value, dice):
    if not value or not isinstance(value, dict | list) or dice.random() < 0.2:
        return dice.choice(HOSTILE)
    key = dice.choice(list(value)) if isinstance(value, dict) else dice.randrange(len(value))
    return _with(value, key, _altered(value[key], dice))


def _with(value, key, changed):
    copy = value.copy()
    copy[key] = changed
    return copy


@pytest.mark.parametrize("count", [128, 129])
def test_there_is_a_bound_to_the_calls_of_one_answer(count):
    decoder = CompletionDecoder()
    parts = (
        decoder.feed(deltas(calling(*(call(None, str(n), "a", "{}") for n in range(count))))) + decoder.end()
    )
    assert len(calls_in(parts)) == 128
    assert (decoder.failure is None) == (count == 128)
