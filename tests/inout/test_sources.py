"""What is read of each product's export. The files are in recordings/."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat.imports import NotTaken, read

RECORDINGS = Path(__file__).parent / "recordings"


def read_all(name):
    with (RECORDINGS / name).open("rb") as file:
        return list(read(file))


def shape(conversation):
    return [(m.id, m.parent, m.role, m.text) for m in conversation.messages]


def test_a_conversation_of_chatgpt_keeps_what_people_saw_with_its_branches():
    (source, bread), _ = read_all("chatgpt.json")
    assert source == "chatgpt"
    assert (bread.title, bread.leaf, bread.archived) == ("Bread without kneading", "a-3", True)
    assert shape(bread) == [
        ("q-1", None, "user", "What is this dough missing?"),
        ("a-1", "q-1", "assistant", "**Water.** Take 70 % of the flour's weight."),
        ("a-2", "q-1", "assistant", "Salt, perhaps."),
        ("q-2", "a-1", "user", "And how long?"),
        ("a-3", "q-2", "assistant", "Twelve hours."),
    ]
    assert bread.created == datetime(2024, 4, 5, 19, 34, 38, 512000, UTC)
    assert bread.messages[1].turn.model == "gpt-5-thinking"


def test_what_is_left_out_of_a_conversation_of_chatgpt_is_counted():
    (_, bread), _ = read_all("chatgpt.json")
    assert bread.left_out == {"hidden": 1, "image": 1, "thoughts": 1, "tool": 2}


def test_a_conversation_of_chatgpt_needs_neither_title_nor_metadata():
    _, (_, colour) = read_all("chatgpt.json")
    assert (colour.title, colour.leaf) == ("", "v")
    assert colour.messages[1].turn.model == "gpt-5-3", (
        "the conversation names the model where its messages do not"
    )


def test_a_chat_of_open_webui_keeps_its_tree_models_failures_and_ratings():
    (source, rivers), _ = read_all("open_webui.json")
    assert source == "open_webui"
    assert (rivers.title, rivers.leaf, rivers.pinned, rivers.archived) == ("Two rivers", "m5", True, False)
    assert [(m.id, m.parent, m.text) for m in rivers.messages] == [
        ("m1", None, "Which is longer, the Rhine or the Elbe?"),
        ("m2", "m1", "The **Rhine**, by about 140 km."),
        ("m3", "m1", "The Rhine."),
        ("m4", "m3", "Are you sure?"),
        ("m5", "m4", ""),
    ]
    answer, failed = rivers.messages[1], rivers.messages[4]
    assert (answer.turn.model, answer.turn.completion_tokens, answer.feedback) == (
        "Llama 3.2",
        12,
        (1, "short"),
    )
    assert (failed.turn.status, failed.turn.error) == ("failed", "The server is down.")
    assert rivers.settings == {"system": "Answer in one sentence.", "temperature": 0.2}
    assert rivers.left_out == {"thoughts": 1, "image": 1, "attachment": 1}


def test_a_chat_of_open_webui_may_come_without_its_envelope():
    _, (source, older) = read_all("open_webui.json")
    assert source == "open_webui"
    assert [(m.id, m.text) for m in older.messages] == [("a", "Hello"), ("b", "Hello to you.")]
    assert older.messages[1].turn.model == "mistral"


def test_our_own_export_is_read_back_whole():
    ((source, trees),) = read_all("rivulet.json")
    assert source == "rivulet"
    assert (trees.title, trees.titled_by, trees.folder, trees.pinned) == ("Trees", "person", "Garden", True)
    stopped, whole = trees.messages[1:]
    assert (stopped.turn.status, stopped.turn.completion_tokens, stopped.feedback) == (
        "stopped",
        2,
        (-1, "Cut off"),
    )
    assert (whole.turn.continues, whole.turn.finish_reason) == (stopped.id, "stop")
    assert not trees.left_out


def test_a_file_may_mix_sources_and_what_is_none_is_named():
    text = b'[%s, {"a": 1}, 7]' % (RECORDINGS / "chatgpt.json").read_bytes().strip()[1:-1]
    found = list(read(io.BytesIO(text)))
    assert [source for source, _ in found] == ["chatgpt", "chatgpt", "", ""]
    assert [reason.reason for _, reason in found[2:]] == ["unknown", "unknown"]


def test_one_conversation_alone_is_a_file_too():
    whole = (RECORDINGS / "chatgpt.json").read_bytes()
    one = whole[whole.index(b"{") : whole.rindex(b'},\n  {\n    "title": null') + 1]
    ((source, bread),) = read(io.BytesIO(one))
    assert (source, bread.title) == ("chatgpt", "Bread without kneading")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "nothing"),
        (b"hello", "not_json"),
        (b"<html></html>", "not_json"),
        (b"\xff\xfe[\x00", "not_json"),
        (b"[", "cut"),
        (b'[{"mapping": {}', "cut"),
        (b'["never ends', "cut"),
        (b"[1 2]", "cut"),
        (b"{", "cut"),
        (b'{"conversations": [', "cut"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, reason):
    with pytest.raises(NotTaken) as refusal:
        list(read(io.BytesIO(content)))
    assert refusal.value.reason == reason
