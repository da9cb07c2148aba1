"""One session with an MCP server, by the SDK; the bytes pass our own guard, and every failure leaves as one sentence."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    HEADER_MISMATCH,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    Tool,
)
from pydantic import ValidationError

from .base import Server
from .mcp import ServerTrouble
from .mcp_guard import Guard, client_for
from .mcp_words import in_words

log = logging.getLogger(__name__)

# How long a session may take to end after its answer has come.
GOODBYE_SECONDS = 5.0
US = Implementation(name="rivulet", version="1")

_leaving: set[asyncio.Task[None]] = set()

Ask = Callable[[Client], Awaitable[Any]]


async def list_tools(server: Server, most_pages: int, most_tools: int) -> tuple[list[dict[str, Any]], bool]:
    """The tools in the protocol's own words, and whether these are all."""

    async def ask(client: Client) -> tuple[list[Tool], bool]:
        tools: list[Tool] = []
        cursor: str | None = None
        for _ in range(most_pages):
            page = await client.list_tools(cursor=cursor, cache_mode="bypass")
            tools += page.tools
            cursor = page.next_cursor
            if not cursor or len(tools) > most_tools:
                break
        return tools[:most_tools], not cursor and len(tools) <= most_tools

    tools, is_whole = await _exchange(server, ask)
    return [tool.model_dump(by_alias=True, mode="json") for tool in tools], is_whole


async def call(server: Server, name: str, arguments: dict[str, Any], progress: Any) -> dict[str, Any]:
    """The result in the protocol's own words. The SDK's own `call_tool` lists all tools after each call, and refuses a
    result whose structure is not as announced; what was done is done, and the model can read it all the same."""
    request = CallToolRequest(params=CallToolRequestParams(name=name, arguments=arguments))

    async def ask(client: Client) -> CallToolResult:
        try:
            return await client.session.send_request(request, CallToolResult, progress_callback=progress)
        except MCPError as error:
            if error.code != HEADER_MISMATCH:
                raise
        # The server wants arguments in headers, too, which the SDK knows once it has seen the list.
        await client.list_tools(cache_mode="bypass")
        return await client.session.send_request(request, CallToolResult, progress_callback=progress)

    result: CallToolResult = await _exchange(server, ask)
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def _exchange(server: Server, ask: Ask) -> Any:
    """What `ask` gets, within the server's deadline. The session is a task of its own, so that nobody waits for its end."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(_talk(server, ask, answer), context=Context())
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)
    try:
        async with asyncio.timeout(server.timeout_seconds):
            return await answer
    except TimeoutError:
        raise ServerTrouble(
            f"{server.name} did not answer within {server.timeout_seconds:g} s. Whether it has done what it was "
            "asked is not known."
        ) from None
    finally:
        if answer.cancelled():
            task.cancel()


async def _talk(server: Server, ask: Ask, answer: asyncio.Future[Any]) -> None:
    guard = Guard()
    try:
        async with (
            asyncio.timeout(server.timeout_seconds + GOODBYE_SECONDS),
            client_for(server, guard) as http,
            Client(
                streamable_http_client(server.url, http_client=http), client_info=US, cache=None
            ) as client,
        ):
            said = await ask(client)
            if not answer.done():
                answer.set_result(said)
    except (Exception, ValidationError) as error:
        if answer.done():
            log.debug("the session with %s ended badly: %s", server.name, type(error).__name__)
        else:
            answer.set_exception(in_words(server.name, error, guard))
