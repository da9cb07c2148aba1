"""Any cutting of the bytes gives the same events, and any cutting of a text the same text."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers.sse import EventDecoder, TooLong, loads
from chat.providers.text import TextCleaner

LINES = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        b"data",
        b"data: ",
        b"event: error",
        b"event:",
        b": comment",
        b"id: 7",
        b"nonsense",
        "data: tick\u2028tock\u2029\x85 👩‍👩‍👧‍👦".encode(),
        b"data: \xff\xfe\x80",
        b"data: a\x0bb\x0cc\x1cd",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
STREAMS = st.lists(st.tuples(st.one_of(LINES, st.just(b"")), ENDS), max_size=30).map(
    lambda lines: b"".join(line + end for line, end in lines)
)
TEXTS = st.text(alphabet=st.sampled_from("a\0é👩\ud83d\ude00\udc67 "), max_size=30)


def pieces_of(data, cuts):
    bounds = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(bounds)]


def events(*pieces):
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()


@given(STREAMS, st.lists(st.integers(0, 10_000)))
def test_any_chunking_gives_the_same_events(stream, cuts):
    assert events(*pieces_of(stream, cuts)) == events(stream)


@given(st.lists(LINES, min_size=1, max_size=5), ENDS, ENDS)
def test_every_kind_of_line_end_gives_the_same_events(lines, end, other):
    def stream(end):
        return b"".join(line + end for line in [*lines, b""])

    assert events(stream(end)) == events(stream(other))


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_any_cutting_of_a_text_gives_the_same_text(text, cuts):
    cleaner = TextCleaner()
    cleaned = "".join(cleaner.clean(piece) for piece in pieces_of(text, cuts)) + cleaner.rest()
    whole = TextCleaner()
    assert cleaned == whole.clean(text) + whole.rest()
    assert "\0" not in cleaned
    cleaned.encode()


def test_lines_of_one_event_are_joined_and_comments_are_no_part_of_it():
    assert events(b"event: x\ndata: a\n: still here\ndata: b\n\n") == [("x", b"a\nb")]


def test_a_carriage_return_ends_an_event_without_waiting_for_more():
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\r\r") == [("", b"a")]
    assert decoder.feed(b"\ndata: b\r\n\r\n") == [("", b"b")]


@pytest.mark.parametrize("line", [b"data: " + b"x" * 200, b"data: xxxx\n" * 30])
def test_an_event_without_end_is_refused(line):
    decoder = EventDecoder(max_bytes=100)
    pieces = pieces_of(line, range(0, len(line), 7))
    with pytest.raises(TooLong):
        list(map(decoder.feed, pieces))


@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63 - 1),
        lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    )
)
def test_json_is_read_as_the_standard_library_reads_it(value):
    data = json.dumps(value).encode()
    assert loads(data) == json.loads(data)


def test_json_with_broken_text_is_read_all_the_same():
    assert loads(b'{"a":"\xff\\ud83d\t"}') == {"a": "\ufffd\ud83d\t"}


def test_json_that_is_none_is_a_value_error():
    for data in (b'{"a":', b"[" * 100_000, b""):
        with pytest.raises(ValueError):
            loads(data)
