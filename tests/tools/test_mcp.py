"""Tools of a real MCP server, called as a turn calls them."""

import asyncio
import time
import uuid
from dataclasses import replace

import pytest

from chat.tools import Server, ToolContext, mcp
from tests.tools.mcp_servers import McpProcess

CONTEXT = ToolContext(1, uuid.uuid4())


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    process = McpProcess(tmp_path_factory.mktemp("mcp"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def server(process):
    return Server("Notes", process.url, 20)


def call(server, name, progress=None, **arguments):
    return mcp.call(server, name, arguments, CONTEXT, progress)


async def until(claim, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.02)


async def test_its_tools_are_listed_with_what_a_model_needs_to_know(server):
    listing = await mcp.list_tools(server)
    tools = {tool.name: tool for tool in listing.tools}
    assert set(tools) == {"add", "picture", "fails", "slow", "odd name/äö", "look"}
    assert tools["add"].description == "Adds two numbers."
    assert tools["add"].schema["required"] == ["a", "b"]
    assert tools["picture"].title == "Picture of nothing"
    assert (tools["look"].only_reads, tools["add"].only_reads) == (True, False)


async def test_what_it_answers_is_the_result_once(server):
    assert (await call(server, "add", a=1, b=2)).text == "3"


async def test_what_is_no_text_is_named(server):
    assert (await call(server, "picture")).text == "A pixel:\n[image, image/png, 9 bytes: not shown]"


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [("fails", {}, "fails"), ("nothing", {}, "nothing"), ("add", {"a": "one"}, "valid integer")],
)
async def test_its_errors_are_results_that_a_model_can_read(server, name, arguments, told):
    output = await call(server, name, **arguments)
    assert output.is_error
    assert told in output.text


async def test_a_tool_is_called_by_its_own_name(server):
    assert (await call(server, "odd name/äö")).text == "odd"


async def test_its_progress_is_told_while_it_works(server):
    told = []
    output = await call(server, "slow", told.append, seconds=0.2)
    assert (output.text, output.is_error) == ("counted", False)
    assert told[:2] == ["step 1", "step 2"]


async def test_a_call_that_is_stopped_is_stopped_there_too(server, process):
    told = []
    before = process.notes.count("cancelled")
    task = asyncio.create_task(call(server, "slow", told.append, seconds=60))
    await until(lambda: told)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
    await until(lambda: process.notes.count("cancelled") == before + 1)


async def test_a_call_that_takes_too_long_is_ended_there_too(server, process):
    before = process.notes.count("cancelled")
    output = await call(replace(server, timeout_seconds=0.5), "slow", seconds=60)
    assert output.is_error
    assert "did not answer within 0.5 s" in output.text
    await until(lambda: process.notes.count("cancelled") == before + 1)


async def test_calls_side_by_side_do_not_wait_for_each_other(server):
    outputs = await asyncio.gather(*(call(server, "add", a=n, b=n) for n in range(10)))
    assert [output.text for output in outputs] == [str(n + n) for n in range(10)]


async def test_a_server_that_dies_amid_a_call_is_a_result_and_the_next_call_finds_it_again(tmp_path):
    process = McpProcess(tmp_path)
    process.start()
    try:
        server = Server("Notes", process.url, 20)
        told = []
        task = asyncio.create_task(call(server, "slow", told.append, seconds=60))
        await until(lambda: told)
        process.kill()
        output = await task
        assert output.is_error
        assert "broke off" in output.text
        assert "cannot be reached" in (await call(server, "add", a=1, b=2)).text
        process.start()
        assert (await call(server, "add", a=1, b=2)).text == "3"
    finally:
        process.kill()
