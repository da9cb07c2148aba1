"""One call, carried out where its tool is: here, or at a server. Whatever goes wrong is a result."""

import asyncio
import logging
from typing import Any

import orjson
from django.conf import settings

from chat.models import McpServer, Tool
from chat.tools import Server, ToolContext, ToolError, ToolOutput, installed
from chat.tools.base import Progress

log = logging.getLogger(__name__)


async def carry_out(
    tool: Tool, arguments: dict[str, Any], context: ToolContext, progress: Progress
) -> ToolOutput:
    seconds = tool.server.timeout_seconds if tool.server else settings.TOOL_SECONDS
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await _call(tool, arguments, context, progress)
    except TimeoutError:
        if deadline.expired():
            return ToolOutput(f"The tool did not answer within {seconds:g} seconds.", is_error=True)
        return ToolOutput("The tool ran into a time limit of its own.", is_error=True)
    except ToolError as error:
        return ToolOutput(str(error), is_error=True)
    except Exception:
        log.exception("tool %s failed", tool.name)
        return ToolOutput(
            "The tool failed for a reason of its own. It is no use to call it again.", is_error=True
        )


async def _call(
    tool: Tool, arguments: dict[str, Any], context: ToolContext, progress: Progress
) -> ToolOutput:
    if tool.server is not None:
        # Imported late: its client is large, and most chats never need it.
        from chat.tools import mcp

        return await mcp.call(_server(tool.server), tool.remote_name, arguments, context, progress)
    function = installed().get(tool.name)
    if function is None:
        return ToolOutput("This tool is not there any more.", is_error=True)
    return await function(arguments, context)


def _server(row: McpServer) -> Server:
    headers = orjson.loads(row.headers or "{}")
    return Server(row.name, row.url, row.timeout_seconds, headers)
