"""MCP servers that lie, break off, or never end: a sentence for the administrator, a result for the model, in time."""

import asyncio
import itertools
import json
import time
import uuid

import pytest

from chat.tools import Server, ToolContext, mcp
from chat.tools.mcp import ServerTrouble, legal_name, text_of
from tests.tools.mcp_servers import OldServer, plain, result, scripted

CONTEXT = ToolContext(1, uuid.uuid4())
OBJECT = {"type": "object"}


async def listed(script, seconds=30.0):
    with scripted(script) as url:
        return await mcp.list_tools(Server("Lab", url, seconds))


async def called(script, seconds=30.0):
    with scripted(script) as url:
        return await mcp.call(Server("Lab", url, seconds), "x", {}, CONTEXT)


def said(**value):
    return OldServer(tools_call={"content": [], **value})


def listing(*rows):
    return OldServer(tools_list={"tools": list(rows)})


async def test_a_server_of_the_former_protocol_is_talked_to_in_it():
    old = OldServer(tools_list={"tools": [{"name": "x", "inputSchema": OBJECT}]})
    with scripted(old) as url:
        assert [tool.name for tool in (await mcp.list_tools(Server("Lab", url, 30))).tools] == ["x"]
        assert old.asked[:2] == ["server/discover", "initialize"]
        assert "notifications/initialized" in old.asked
        async with asyncio.timeout(10):
            while old.asked[-1] != "DELETE":  # its session is ended, too, which nobody waits for
                await asyncio.sleep(0.02)


async def test_a_session_that_a_server_has_lost_is_of_no_concern_to_the_next_call():
    old = said(content=[{"type": "text", "text": "found"}])
    with scripted(old) as url:
        server = Server("Lab", url, 30)
        assert (await mcp.call(server, "x", {}, CONTEXT)).text == "found"
        old.session += 100  # it was restarted, and knows nobody
        assert (await mcp.call(server, "x", {}, CONTEXT)).text == "found"


def endless_json(*_):
    return (
        200,
        {"Content-Type": "application/json"},
        itertools.chain([b'{"a": "'], itertools.repeat(b"x" * 65536)),
    )


def endless_events(*_):
    return 200, {"Content-Type": "text/event-stream"}, itertools.repeat(b": still here\n\n" * 5000)


def redirect(*_):
    return plain(307, b"", "text/plain", Location="http://127.0.0.1:9/mcp?token=secret")


LIES = {
    "HTML with a good face": (
        lambda *_: plain(200, b"<h1>Welcome</h1>", "text/html"),
        "Is the address right?",
    ),
    "nothing at that path": (
        lambda *_: plain(404, b"<h1>Not found</h1>", "text/html"),
        "no MCP server at the address",
    ),
    "a server that is ill": (
        lambda *_: plain(503, b"<h1>Oh no</h1>", "text/html"),
        "problem of its own (HTTP 503)",
    ),
    "a token that is wanted": (lambda *_: plain(401, b"", "text/plain"), "does not let us in"),
    "a door that is shut": (lambda *_: plain(403, b"", "text/plain"), "does not let us in"),
    "a redirect": (redirect, "sends us elsewhere"),
    "no JSON": (lambda *_: plain(200, b"{what", "application/json"), "no JSON"),
    "gzip": (
        lambda *_: plain(200, b"\x1f\x8b", "application/json", **{"Content-Encoding": "gzip"}),
        "compresses",
    ),
    "a body without end": (endless_json, "more than we take"),
    "events without end": (endless_events, "more than we take"),
    "a list that is none": (OldServer(tools_list={"tools": "none"}), "protocol does not know"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_whatever_it_answers_the_administrator_gets_one_sentence(lie):
    script, sentence = LIES[lie]
    with pytest.raises(ServerTrouble) as trouble:
        await listed(script)
    told = f"{trouble.value} {trouble.value.detail}"
    assert sentence in told
    assert "Lab" in told
    assert "secret" not in told
    assert "<h1>" not in told


@pytest.mark.parametrize("lie", ["HTML with a good face", "events without end", "a redirect"])
async def test_and_the_model_a_result(lie):
    script, sentence = LIES[lie]
    output = await called(script)
    assert output.is_error
    assert sentence in output.text


async def test_one_that_is_silent_is_given_up_in_time():
    def silent(*_):
        return 200, {"Content-Type": "text/event-stream"}, (time.sleep(3) or b"" for _ in range(1))

    began = time.monotonic()
    with pytest.raises(ServerTrouble, match=r"did not answer within 0\.5 s"):
        await listed(silent, 0.5)
    assert time.monotonic() - began < 10


async def test_a_redirect_is_not_followed_with_the_headers():
    seen = []

    def target(verb, message, headers):
        seen.append(headers)
        return plain(200, b"{}", "application/json")

    with (
        scripted(target) as url,
        scripted(lambda *_: plain(307, b"", "text/plain", Location=url)) as first,
        pytest.raises(ServerTrouble, match="elsewhere"),
    ):
        await mcp.list_tools(Server("Lab", first, 30, {"Authorization": "Bearer secret"}))
    assert seen == []


class TestListings:
    async def test_of_a_huge_one_the_first_are_taken_and_it_is_said(self):
        found = await listed(listing(*({"name": f"t{n}", "inputSchema": OBJECT} for n in range(5000))))
        assert len(found.tools) == 200
        assert found.left_out == ("Only its first 200 tools are taken.",)

    async def test_pages_that_go_on_for_ever_end(self):
        page = {"tools": [{"name": "same", "inputSchema": OBJECT}], "nextCursor": "more"}
        old = OldServer(tools_list=page)
        found = await listed(old)
        assert [tool.name for tool in found.tools] == ["same"]
        assert old.asked.count("tools/list") == 50

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ({"name": " ", "inputSchema": OBJECT}, "empty or too long"),
            ({"name": "n" * 201, "inputSchema": OBJECT}, "empty or too long"),
            ({"name": "good", "inputSchema": OBJECT}, "listed twice"),
            (
                {"name": "x", "inputSchema": {"type": "object", "properties": {"a": {"type": "thing"}}}},
                "no JSON schema of an object",
            ),
            ({"name": "x", "inputSchema": {"type": "object", "title": "y" * 40_000}}, "too large"),
        ],
    )
    async def test_a_tool_that_cannot_be_used_is_left_out_and_named(self, row, why):
        found = await listed(listing({"name": "good", "inputSchema": OBJECT}, row))
        assert [tool.name for tool in found.tools] == ["good"]
        assert len(found.left_out) == 1
        assert why in found.left_out[0]

    async def test_where_the_protocol_itself_is_broken_the_administrator_learns_by_which_tool(self):
        row = {"name": "x", "inputSchema": {"type": "array"}}
        with pytest.raises(ServerTrouble) as trouble:
            await listed(listing({"name": "good", "inputSchema": OBJECT}, row))
        assert "tools.1.inputSchema" in trouble.value.detail


@pytest.mark.parametrize(
    ("tool", "name"),
    [("look", "lab__look"), ("get note/ä!", "lab__get_note"), ("日本", "lab__tool"), ("a.b:c", "lab__a_b_c")],
)
def test_models_get_names_that_their_servers_take(tool, name):
    assert legal_name("lab", tool) == name


def test_names_too_long_or_taken_are_told_apart_and_stay_the_same():
    long = [legal_name("lab", "x" * 80 + end) for end in ("1", "2", "1")]
    assert (long[0], len(long[0])) == (long[2], 64)
    assert long[0] != long[1]
    assert legal_name("lab", "look", {"lab__look"}) not in ("lab__look", legal_name("lab", "l", {"lab__l"}))


class TestResults:
    def test_what_the_texts_say_already_is_not_said_twice(self):
        for value in ({"a": 1}, {"result": 5}, {"result": "five"}, {"result": ["a", "b"]}):
            inner = value.get("result", value)
            texts = (
                inner if isinstance(inner, list) else [inner if isinstance(inner, str) else json.dumps(inner)]
            )
            content = [{"type": "text", "text": text} for text in texts]
            assert text_of({"content": content, "structuredContent": value}) == "\n".join(texts)

    def test_what_they_do_not_say_is(self):
        content = [{"type": "text", "text": "See below."}]
        assert text_of({"content": content, "structuredContent": {"a": 1}}) == 'See below.\n{"a": 1}'
        assert text_of({"content": [], "structuredContent": {"a": 1}}) == '{"a": 1}'

    def test_files_are_named_and_texts_in_them_are_read(self):
        blocks = [
            {"type": "audio", "mimeType": "audio/wav", "data": "AAAA"},
            {"type": "resource_link", "uri": "file:///a", "name": "A"},
            {"type": "resource", "resource": {"uri": "note://1", "text": "Milk."}},
            {"type": "resource", "resource": {"uri": "note://2", "blob": "AAAA"}},
            {"type": "hologram"},
        ]
        assert text_of({"content": blocks}).splitlines() == [
            "[audio, audio/wav, 3 bytes: not shown]",
            "[resource A: file:///a]",
            "[resource note://1]",
            "Milk.",
            "[resource note://2: not text, not shown]",
            "[content of an unknown kind: not shown]",
        ]

    def test_one_without_words_says_so(self):
        assert text_of({"content": []}) == "(The tool answered with nothing.)"

    async def test_an_enormous_one_is_cut_with_a_word(self):
        output = await called(said(content=[{"type": "text", "text": "x" * 1_000_000}]))
        assert len(output.text) < 270_000
        assert "characters, was left out" in output.text

    async def test_its_own_error_stays_one(self):
        output = await called(said(content=[{"type": "text", "text": "locked"}], isError=True))
        assert (output.text, output.is_error) == ("locked", True)

    async def test_a_refusal_of_the_protocol_is_told_to_the_model(self):
        def refusing(verb, message, headers):
            if message.get("method") != "tools/call":
                return old(verb, message, headers)
            error = {"code": -32602, "message": "no such\n  note"}
            body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
            return plain(200, body, "application/json")

        old = OldServer()
        assert (await called(refusing)).text == "Lab refuses: no such note"

    async def test_an_answer_to_another_question_is_none(self):
        def mixed_up(verb, message, headers):
            if message.get("method") != "tools/call":
                return old(verb, message, headers)
            return result({"id": 4711}, {"content": [{"type": "text", "text": "not yours"}]})

        old = OldServer()
        output = await called(mixed_up, 1.0)
        assert output.is_error
        assert "not yours" not in output.text
