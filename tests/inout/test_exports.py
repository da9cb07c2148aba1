"""Files that people take away: what is in them, what they are called, and what making them costs."""

import io
import json
import re
import socket
import uuid
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote

import psutil
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from chat.exports.names import disposition, name_of
from tests.viewers import Viewer

HOSTILE = [
    *(
        "",
        " ",
        ".",
        "..",
        "../../etc/passwd",
        "a/b\\c:d*e?f",
        'say "hi"',
        "x\r\nSet-Cookie: a=b",
        "\u202egpj.exe",
    ),
    *(
        "con",
        "NUL",
        "aux.txt",
        "Ünïcödé 日本語 🙂",
        "%2e%2e%2f",
        "a" * 500,
        "$(rm -rf)",
        "`id`",
        "x; filename=y",
    ),
    *("\x00\x07", "~root", "-rf", ".bashrc", "\ufeff", "‮"),
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_makes_a_name_that_no_system_takes_for_more(title):
    name = name_of(title, "md")
    assert re.fullmatch(r"[^\\/:*?\"<>|%$`'~&;#{}\x00-\x1f\x7f\u200e\u200f\u202a-\u202e]+\.md", name)
    assert not name.startswith((".", "-", " "))
    assert name.split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1", ""}
    assert len(name) <= 90


@given(st.text())
def test_whatever_the_title_is_the_header_is_one_line_with_both_names(title):
    header = disposition(name_of(title, "json"))
    found = re.fullmatch(
        r'attachment; filename="([ -!#-~]+\.json)"; filename\*=UTF-8\'\'([\w.~%-]+)', header, re.A
    )
    assert found, header
    assert unquote(found[2]) == name_of(title, "json")


async def test_json_is_the_whole_tree_and_the_others_are_what_is_shown(server, alice):
    conversation = await with_two_answers(alice)
    told = json.loads((await take(alice, conversation, "json"))[1])
    assert (told["format"], told["version"]) == ("rivulet", 1)
    (only,) = told["conversations"]
    assert [each["role"] for each in only["messages"]] == ["user", "assistant", "assistant"]
    assert only["leaf"] == only["messages"][2]["id"]
    assert {each["id"]: each["text"] for each in only["messages"]} == stored(server.database, conversation)
    turn = only["messages"][2]["turn"]
    assert (turn["status"], bool(turn["model"]), turn["finished"] > turn["requested"]) == (
        "complete",
        True,
        True,
    )
    for kind in ("markdown", "html"):
        headers, text = await take(alice, conversation, kind)
        assert text.count("How are you?") >= 1
        assert (
            f'attachment; filename="How are you.{"md" if kind == "markdown" else "html"}"'
            in headers["Content-Disposition"]
        )


async def with_two_answers(person):
    conversation = await person.start("How are you?")
    viewer = await Viewer(person, conversation).finish()
    await person.act(list(viewer.texts)[-1], "retry")
    await Viewer(person, conversation).finish()
    return conversation


def stored(database, conversation):
    """The texts of its messages by their ids."""
    found = database.query(
        "SELECT id, text FROM chat_message WHERE conversation_id = ?", [conversation.replace("-", "")]
    )
    return {str(uuid.UUID(pk)): text for pk, text in found}


async def take(person, conversation, kind):
    async with person.web.get(f"{person.url}/conversations/{conversation}/export/?format={kind}") as answer:
        assert answer.status == 200
        return answer.headers, (await answer.read()).decode()


class _Loads(HTMLParser):
    """What a page would load or run."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in {"script", "link", "img", "iframe", "object", "embed", "form", "base", "video", "audio"}:
            self.found.append(tag)
        self.found += [name for name in given if name in {"src", "style", "srcset"} or name.startswith("on")]


async def test_a_page_to_keep_loads_and_runs_nothing(alice):
    conversation = await alice.start("<script>alert(1)</script> ![x](https://tracker.example/x.png)")
    await Viewer(alice, conversation).finish()
    _, html = await take(alice, conversation, "html")
    assert _Loads(html).found == []
    assert (settings.BASE_DIR / "static/css/print.css").read_text() in html
    assert "&lt;script&gt;alert(1)" in html


async def test_the_page_to_print_obeys_the_policy_of_the_site(alice):
    conversation = await alice.start("Print me")
    await Viewer(alice, conversation).finish()
    async with alice.web.get(f"{alice.url}/conversations/{conversation}/print/") as answer:
        html, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "<style" not in html
    (nonce,) = re.findall(r'<script nonce="([^"]+)"', html)
    assert f"'nonce-{nonce}'" in policy


async def test_all_of_them_are_in_one_file_but_those_that_were_to_leave_no_trace(server, charlie):
    seed(server.database, "charlie", 3, title="Same title")
    seed(server.database, "charlie", 1, title="Private", temporary=True)
    seed(server.database, "alice", 1, title="Not his")
    async with charlie.web.get(f"{charlie.url}/export/?format=json") as answer:
        titles = [each["title"] for each in json.loads(await answer.read())["conversations"]]
    assert titles.count("Same title") == 3
    assert not {"Private", "Not his"} & set(titles)
    async with charlie.web.get(f"{charlie.url}/export/?format=markdown") as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.testzip() is None
    names = [name for name in archive.namelist() if "Same title" in name]
    assert len(set(names)) == 3
    assert archive.read(names[0]).decode().startswith("# Same title\n")


class Held:
    """The memory of a process without the pages of the database, which belong to the file."""

    def __init__(self, pid):
        self._process = psutil.Process(pid)
        self._before = self._mb()

    def _mb(self):
        told = self._process.memory_info()
        return (told.rss - told.shared) / 1e6

    def grown_mb(self):
        return self._mb() - self._before


def seed(database, user, count, title="Chat", temporary=False, words="word " * 400):
    """Conversations of two messages, by the row."""
    now = "2026-11-20 10:00:00"
    with database.transaction() as execute:
        ((owner,),) = execute("SELECT id FROM auth_user WHERE username = ?", (user,))
        for _ in range(count):
            chat, question, answer = (uuid.uuid4().hex for _ in range(3))
            execute(
                "INSERT INTO chat_conversation (id, user_id, title, leaf_id, settings, pinned, archived, temporary,"
                " titled_by, created, updated) VALUES (?, ?, ?, ?, '{}', FALSE, FALSE, ?, 'person', ?, ?)",
                (chat, owner, title, answer, temporary, now, now),
            )
            for pk, parent, role in ((question, None, "user"), (answer, question, "assistant")):
                execute(
                    "INSERT INTO chat_message (id, conversation_id, parent_id, role, parts, text, html, created)"
                    " VALUES (?, ?, ?, ?, '[]', ?, '<p>kept</p>', ?)",
                    (pk, chat, parent, role, words, now),
                )
            execute(
                "INSERT INTO chat_turn (id, message_id, user_id, key, model_name, status, reason, error, error_detail,"
                " attempt, lease_token, checkpoint, announced, requested, finished, finish_reason, is_estimate,"
                " rounds, left_out)"
                " VALUES (?, ?, ?, ?, 'Demo', 'complete', '', '', '', 1, 0, '', TRUE, ?, ?, '', FALSE, 1, 0)",
                (uuid.uuid4().hex, answer, owner, answer, now, now),
            )


async def test_thousands_of_conversations_are_sent_while_they_are_made(server, charlie):
    seed(server.database, "charlie", 2_500, words="word " * 2_000)
    held, size = Held(server.pid), 0
    async with charlie.web.get(f"{charlie.url}/export/?format=json") as answer:
        async for piece in answer.content.iter_chunked(1 << 20):
            size += len(piece)
            assert held.grown_mb() < 30
            tail = piece
    assert size > 45_000_000
    assert tail.endswith(b"]}\n")


async def test_an_export_that_nobody_reads_waits_in_the_database_and_not_in_memory(server, alice):
    seed(server.database, "alice", 300, words="word " * 20_000)
    held = Held(server.pid)
    cookie = f"Cookie: {alice.cookie}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET /export/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n".encode())
        assert b"200" in client.recv(100)
        # Others are served meanwhile; sixty megabytes would have been made by the time of the last of them.
        for _ in range(40):
            assert (await alice.get("/conversations/")).status == 200
        assert held.grown_mb() < 40
