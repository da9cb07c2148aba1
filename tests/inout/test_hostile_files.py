"""Files that were made to do harm, or by a program that went wrong: each is read or refused, and quickly."""

import io
import json
import struct
import time
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.imports import Arrived, NotTaken, pieces, read

KEYS = (
    *(
        "mapping",
        "message",
        "author",
        "role",
        "content",
        "content_type",
        "parts",
        "text",
        "parent",
        "children",
    ),
    *(
        "current_node",
        "create_time",
        "update_time",
        "metadata",
        "model_slug",
        "title",
        "id",
        "conversation_id",
    ),
    *("chat", "history", "messages", "currentId", "parentId", "childrenIds", "timestamp", "models", "model"),
    *(
        "annotation",
        "rating",
        "usage",
        "prompt_tokens",
        "error",
        "files",
        "pinned",
        "archived",
        "leaf",
        "turn",
    ),
    *("feedback", "value", "settings", "folder", "titled_by", "status", "created", "recipient", "type"),
)
WORDS = (
    "user",
    "assistant",
    "system",
    "tool",
    "text",
    "multimodal_text",
    "code",
    "a",
    "b",
    "c",
    "all",
    "\ud800",
    "\x00",
)
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=5),
    st.just(10**400),
)
anything = st.recursive(
    odd,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from((*KEYS, "a", "b", "c")), inner, max_size=6)
    ),
    max_leaves=40,
)
nodes = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries(
        {
            "parent": st.sampled_from([*"abcdef", None, 7]),
            "message": st.one_of(
                anything,
                st.fixed_dictionaries(
                    {
                        "author": st.fixed_dictionaries(
                            {"role": st.sampled_from(["user", "assistant", "tool"])}
                        ),
                        "content": st.fixed_dictionaries(
                            {"content_type": st.just("text"), "parts": st.just(["x"])}
                        ),
                        "create_time": odd,
                    }
                ),
            ),
        }
    ),
)
conversation = st.one_of(
    anything,
    st.fixed_dictionaries({"mapping": nodes, "current_node": odd, "create_time": odd, "title": odd}),
    st.fixed_dictionaries(
        {"chat": st.fixed_dictionaries({"history": st.fixed_dictionaries({"messages": anything})})}
    ),
    st.fixed_dictionaries({"messages": st.lists(anything, max_size=4), "leaf": odd, "settings": anything}),
)


def read_text(text):
    return list(read(io.BytesIO(text)))


def one(text):
    ((_, found),) = read_text(text)
    return found


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.lists(conversation, max_size=3))
def test_whatever_the_values_are_each_is_read_or_refused_and_every_tree_is_one(values):
    for _, found in read_text(json.dumps(values).encode()):
        if isinstance(found, NotTaken):
            continue
        seen = set()
        for message in found.messages:
            assert message.parent is None or message.parent in seen, "a parent stands before its children"
            assert message.id not in seen
            seen.add(message.id)
            assert "\x00" not in message.text
            message.text.encode()
        assert found.leaf in seen


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_read_or_refused(content):
    with suppress(NotTaken):
        read_text(content)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_that_was_cut_short_gives_what_was_whole(data):
    whole = json.dumps([chatgpt(f"{n}") for n in range(4)]).encode()
    end = data.draw(st.integers(1, len(whole) - 1))
    taken, conversations = [], read(io.BytesIO(whole[:end]))
    with pytest.raises(NotTaken) as refusal:
        taken.extend(found.title for _, found in conversations)
    assert refusal.value.reason == "cut"
    assert taken == [f"{n}" for n in range(len(taken))]


def chatgpt(title, mapping=None, current="b"):
    said = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hello"]}}
    return {
        "title": title,
        "mapping": mapping or {"a": {"message": None, "parent": None}, "b": {"message": said, "parent": "a"}},
        "current_node": current,
    }


def said(parent, text="Hello", role="user"):
    content = {"content_type": "text", "parts": [text]}
    return {"message": {"author": {"role": role}, "content": content}, "parent": parent}


def tree(mapping, current=None):
    found = one(json.dumps([chatgpt("x", mapping, current)]).encode())
    assert isinstance(found, Arrived)
    return {m.id: m.parent for m in found.messages}, found.leaf


def test_circles_orphans_and_strangers_become_roots():
    assert tree({"a": said("b"), "b": said("a")}) == ({"a": None, "b": "a"}, "b")
    assert tree({"a": said("a")}) == ({"a": None}, "a")
    assert tree({"a": said("nowhere"), "b": said(7), "c": said(None)}, "zzz") == (
        {"a": None, "b": None, "c": None},
        "c",
    )
    skipped = {"message": None, "parent": "s2"}
    assert tree({"s1": skipped, "s2": {**skipped, "parent": "s1"}, "a": said("s1")}) == ({"a": None}, "a")


def test_a_long_chain_of_nothing_is_walked_once():
    mapping = {str(n): {"message": None, "parent": str(n - 1)} for n in range(1, 60_000)}
    mapping["0"] = said(None)
    mapping |= {f"m{n}": said("59999") for n in range(300)}
    began = time.thread_time()
    parents, _ = tree(mapping)
    assert parents["m7"] == "0"
    assert time.thread_time() - began < 5


def test_more_messages_than_one_transaction_bears_are_refused_with_a_reason():
    mapping = {str(n): said(str(n - 1), "x") for n in range(100_000)}
    began = time.thread_time()
    assert one(json.dumps([chatgpt("Long", mapping)]).encode()).reason == "many"
    assert time.thread_time() - began < 10


def test_a_deep_nest_is_one_broken_conversation_among_whole_ones():
    deep = b'{"mapping": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001
    text = b"[%s, %s]" % (deep, json.dumps(chatgpt("fine")).encode())
    (_, broken), (_, fine) = read_text(text)
    assert (broken.reason, fine.title) == ("broken", "fine")


def test_values_that_only_some_programs_write_are_read():
    text = b'[{"title": "\\ud83d", "create_time": NaN, "update_time": -Infinity, "mapping": {"a": %s}}]'
    found = one(text % json.dumps(said(None, "\ud800half\x00")).encode())
    assert (found.title, found.messages[0].text, found.created) == ("?", "?half", None)


@pytest.mark.parametrize(
    "date", [1e300, -1e300, "0000-00-00", "9999-12-31T23:59:59+00:00", "x" * 10**5, -1, {}, True]
)
def test_a_date_out_of_range_is_no_date(date):
    found = one(json.dumps([chatgpt("x") | {"create_time": date}]).encode())
    assert found.created is None


def test_what_would_grow_in_memory_is_never_built(monkeypatch):
    monkeypatch.setattr(pieces, "VALUES_MAX", 1000)
    monkeypatch.setattr(pieces, "orjson", None)
    assert one(b'[{"mapping": [' + b"{}," * 2000 + b"{}]}]").reason == "large"


@pytest.mark.parametrize(
    "text", [b"[" * 5_000_000, b'["' + b'\\"' * 2_500_000, b'{"a":' * 1_000_000, b"[" + b"{}," * 1_500_000]
)
def test_a_file_of_nothing_but_beginnings_is_refused_quickly(text):
    began = time.thread_time()
    with pytest.raises(NotTaken):
        read_text(text)
    assert time.thread_time() - began < 5


# --- ZIP archives ---


def archive(*files, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in files:
            made.writestr(name, content)
    return target.getvalue()


def test_of_an_archive_the_conversations_are_read_and_nothing_else():
    parts = [json.dumps([chatgpt(f"part {n}")]) for n in range(2)]
    found = read_text(
        archive(
            ("chat.html", "<script>"),
            ("user.json", '[{"mapping": {}}]'),
            ("conversations-001.json", parts[1]),
            ("conversations-000.json", parts[0]),
            ("__MACOSX/conversations.json", "x"),
            ("deep/er/notconversations.json", "x"),
        )
    )
    assert [conversation.title for _, conversation in found] == ["part 0", "part 1"]
    inner = read_text(archive(("export/Conversations.json", parts[0])))
    assert [conversation.title for _, conversation in inner] == ["part 0"]


def refusal(content):
    with pytest.raises(NotTaken) as refused:
        read_text(content)
    return refused.value.reason


def test_an_archive_that_is_a_bomb_is_not_unpacked():
    assert refusal(archive(("conversations.json", b" " * 50_000_000))) == "zip_bomb"


def test_an_archive_may_not_lie_about_how_much_it_holds():
    bomb = bytearray(archive(("conversations.json", b" " * 50_000_000)))
    # The size as the directory tells it, and as the file's own head does.
    size = struct.pack("<L", 50_000_000)
    small = struct.pack("<L", 1000)
    lying = bytes(bomb).replace(size, small)
    assert refusal(lying) in ("zip_bomb", "zip_broken")


def test_an_archive_with_a_directory_that_fills_memory_is_not_opened():
    many = bytearray(archive(("conversations.json", "[]")))
    at = many.rfind(b"PK\x05\x06")
    many[at + 12 : at + 16] = struct.pack("<L", 2**31)
    assert refusal(bytes(many)) == "zip_bomb"


def test_an_archive_that_is_damaged_locked_or_without_conversations_says_so():
    whole = archive(("conversations.json", json.dumps([chatgpt("x")])), method=zipfile.ZIP_STORED)
    assert refusal(whole[: len(whole) // 2]) == "zip_broken"
    assert refusal(whole.replace(b"Hello", b"Hxllo")) == "zip_broken"
    assert refusal(archive(("readme.txt", "x"))) == "zip_nothing"
    assert refusal(archive(("conversations.json", "[]"), method=zipfile.ZIP_LZMA)) == "zip_broken"
    locked = bytearray(whole)
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        locked[locked.index(mark) + flags] |= 1
    assert refusal(bytes(locked)) == "zip_locked"
