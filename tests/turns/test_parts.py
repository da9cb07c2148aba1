"""Wherever a reply is cut between what its row holds and what the log holds, the same parts come out."""

from hypothesis import given
from hypothesis import strategies as st

from chat.events import ReasoningDelta, ReasoningEnded, TextDelta, ToolCallMoved, ToolCallWritten
from chat.parts import Parts, shown, text_of

T = "turn"
short = st.text(max_size=4)
calls = st.sampled_from(["a", "b", "c"])
events = st.one_of(
    st.builds(TextDelta, st.just(T), short),
    st.builds(ReasoningDelta, st.just(T), short),
    st.builds(ReasoningEnded, st.just(T), st.floats(0, 9)),
    st.builds(ToolCallWritten, st.just(T), calls, st.sampled_from(["", "clock"]), short),
    st.builds(
        ToolCallMoved, st.just(T), calls, st.sampled_from(["running", "done"]), st.sampled_from(["", "50 %"])
    ),
)


def grown(many, parts=()):
    made = Parts(parts)
    for event in many:
        made.apply(event.as_dict())
    return made


def merged(many):
    """As the journal stores events that wait together."""
    made = []
    for event in many:
        both = made[-1].merge(event) if made else None
        if both is not None:
            made[-1] = both
        else:
            made.append(event)
    return made


@given(st.lists(events, max_size=30), st.integers(0, 30))
def test_a_row_and_the_log_after_it_make_the_whole(many, at):
    row = grown(many[:at]).as_list()
    assert grown(merged(many[at:]), row).as_list() == grown(many).as_list()


@given(st.lists(events, max_size=30))
def test_the_text_is_that_of_all_deltas(many):
    made = grown(many)
    assert made.text == "".join(event.text for event in many if isinstance(event, TextDelta))
    assert text_of(made.as_list()) == made.text


@given(st.lists(events, max_size=30), st.lists(st.integers(0, 30), max_size=5))
def test_looking_at_it_meanwhile_changes_nothing(many, looks):
    made = Parts()
    for number, event in enumerate(many):
        made.apply(event.as_dict())
        if number in looks:
            made.as_list()
            _ = made.text
    assert made.as_list() == grown(many).as_list()


@given(st.lists(events, max_size=20), st.integers(0, 20))
def test_what_is_for_no_eyes_leaves_no_trace_in_what_is_shown(many, at):
    made = grown(many[:at])
    made.apply({"type": "echo", "kind": "openai", "data": {"id": 1}})
    for event in many[at:]:
        made.apply(event.as_dict())
    assert shown(made.as_list()) == grown(many).as_list()
