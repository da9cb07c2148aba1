"""What is shown of the parts of a reply, whatever a model put into them."""

import re

import orjson
import pytest
from django.template.loader import render_to_string

from chat import markdown
from chat.events import ReasoningDelta, TextDelta, ToolCallWritten
from chat.imports.steps import step_of
from chat.journal import Entry
from chat.models.steps import BETWEEN, SHOWN_CHARS, html_of, pretty, segments, visible
from chat.viewers import frames_of

HOSTILE = "<img src=x onerror=alert(1)>{{ secret }}<!--step-->"


def text(words):
    return {"type": "text", "text": words}


def call(arguments="{}", name="clock", which="c"):
    return {"type": "tool_call", "call": which, "name": name, "arguments": arguments}


def result(status, words="", which="c"):
    return {"type": "tool_result", "call": which, "status": status, "text": words, "seconds": 1.5}


def test_texts_and_steps_stand_in_their_order_and_what_no_eye_is_to_see_is_left_out():
    parts = [
        {"type": "reasoning", "text": "Hm", "seconds": 2.0},
        {"type": "echo", "kind": "x", "data": {}},
    ]
    parts += [text("One *moment*."), call(), result("done", "noon"), text("\n\nIt is noon.")]
    shown = segments(parts)
    assert [each.kind for each in shown] == ["reasoning", "text", "call", "text"]
    assert [each.html for each in shown if each.kind == "text"] == [
        markdown.render("One *moment*."),
        markdown.render("It is noon."),
    ]


def test_a_reply_that_goes_on_ends_with_the_text_that_is_written_into():
    assert [each.kind for each in segments([text("a"), call()], is_active=True)] == ["text", "call", "text"]
    assert [each.kind for each in segments([text("a"), call()])] == ["text", "call"]
    assert [each.kind for each in segments([call()])] == ["call", "text"]


@pytest.mark.parametrize("words", [HOSTILE, f"a{BETWEEN}b", "```\n<!--step-->"])
def test_the_stored_html_of_each_text_is_its_own_whatever_it_says(words):
    parts = [text(words), call(), text("b")]
    shown = [each.html for each in segments(parts, html_of(parts)) if each.kind == "text"]
    assert shown == [markdown.render(words), markdown.render("b")]
    assert html_of(parts).count(BETWEEN) == 1


def test_a_text_of_which_no_html_is_stored_yet_is_rendered():
    shown = segments([call(), text("*so far*")], "", is_active=True)
    assert shown[-1].html == markdown.render("*so far*")


def test_html_that_was_stored_of_the_words_alone_is_made_anew():
    parts = [text("a"), call(), text("b")]
    assert [each.html for each in segments(parts, str(markdown.render("ab"))) if each.kind == "text"] == [
        markdown.render("a"),
        markdown.render("b"),
    ]


@pytest.mark.parametrize(
    ("told", "status"), [(None, "dropped"), ("asking", "dropped"), ("running", "unknown"), ("done", "done")]
)
def test_nothing_asks_or_runs_once_the_reply_has_ended(told, status):
    parts = [call(), *([result(told)] if told else [])]
    assert segments(parts)[0].status == status


@pytest.mark.parametrize(
    "arguments",
    ["{", "[" * 100_000, '{"a": 1e999}', '{"a": ' + "1" * 5000 + "}", '{"a": "\\ud800"}', "\ud800"],
)
def test_arguments_of_any_kind_can_be_shown(arguments):
    shown = segments([call(arguments), result("failed")])[0]
    assert shown.arguments.encode()
    assert len(shown.arguments) + shown.more_arguments == len(visible(pretty(arguments)))
    assert len(shown.arguments) <= SHOWN_CHARS


def test_what_somebody_is_to_allow_hides_and_turns_round_nothing():
    shown = segments([call('{"to": "\u202egro.live\u202c\u200b"}', "se\u202end")], is_active=False)[0]
    assert shown.arguments == '{\n  "to": "\\u202egro.live\\u202c\\u200b"\n}'
    assert shown.name == "se\\u202end"


def test_names_arguments_and_results_are_text_where_they_are_exported():
    parts = [
        {"type": "reasoning", "text": HOSTILE, "seconds": 1.0},
        call(HOSTILE, HOSTILE),
        result("done", HOSTILE),
    ]
    html = render_to_string("chat/_said.html", {"segments": segments(parts)})
    assert html.count("&lt;img") == 4
    assert "<img" not in html


def test_pieces_of_one_call_travel_together_and_those_of_two_apart():
    events = [
        ReasoningDelta("t", "Hm"),
        *(ToolCallWritten("t", "a", "clock", ""), ToolCallWritten("t", "a", "", '{"')),
        *(ToolCallWritten("t", "a", "", 'x"'), ToolCallWritten("t", "b", "", "{")),
        *(ToolCallWritten("t", "b", "note", "}"), TextDelta("t", "A"), TextDelta("t", "B")),
    ]
    entries = [Entry(at, event.encode()) for at, event in enumerate(events, 1)]
    frames = [orjson.loads(frame.json) for frame in frames_of("e", entries)]
    assert [
        (each["cursor"], each.get("name"), each.get("arguments", each.get("text"))) for each in frames
    ] == [
        ("e:1", None, "Hm"),
        ("e:4", "clock", '{"x"'),
        ("e:5", "", "{"),
        ("e:6", "note", "}"),
        ("e:8", None, "AB"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "reasoning"},
        {"type": "reasoning", "text": ["x"], "seconds": "long"},
        {"type": "reasoning", "text": "x", "seconds": float("nan")},
        {"type": "tool_call", "call": 1, "arguments": {"a": 1}},
        {"type": "tool_result", "status": ["running"], "seconds": -1},
        {"type": "tool_result", "status": "asking", "call": "", "text": "\ud800\x00"},
    ],
)
def test_a_step_of_a_file_is_shown_whatever_the_file_says_of_it(part):
    parts = [step_of({"type": "tool_call"}), step_of(part)]
    html = render_to_string("chat/_said.html", {"segments": segments(parts)})
    assert html.encode()
    assert not re.search(r"running|nan|waits", html)


def test_steps_come_back_from_a_file_as_they_were():
    parts = [{"type": "reasoning", "text": "Hm", "seconds": 2.0}, call('{"a": 1}'), result("failed", "no")]
    assert [step_of(part) for part in parts] == parts
    assert step_of(text("a")) is None
