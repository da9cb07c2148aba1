"""A real MCP server of the `mcp` package, in a process of its own: `python -m tests.tools.mcp_server PORT KIND NOTES`."""

import sys
from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp_types import ToolAnnotations

NOTES = Path(sys.argv[3]) if len(sys.argv) > 3 else None
server = MCPServer("Notes")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool(title="Picture of nothing")
def picture() -> list[str | Image]:
    """One pixel, and a word about it."""
    return ["A pixel:", Image(data=b"\x89PNG....", format="png")]


@server.tool()
def fails() -> str:
    """Fails each time."""
    raise ValueError("the notes are locked")


@server.tool()
async def slow(seconds: float, context: Context) -> str:
    """Counts, and says so."""
    note("begun")
    try:
        for step in range(1, 1000):
            await context.report_progress(step, 1000, f"step {step}")
            await anyio.sleep(seconds / 1000)
    except anyio.get_cancelled_exc_class():
        note("cancelled")
        raise
    note("done")
    return "counted"


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def look() -> str:
    """Changes nothing."""
    return "seen"


@server.tool(name="odd name/äö")
def odd() -> str:
    """Has a name that no model's server takes."""
    return "odd"


def note(word: str) -> None:
    if NOTES:
        with NOTES.open("a") as file:
            file.write(f"{word}\n")


if __name__ == "__main__":
    server.run(
        "streamable-http", host="127.0.0.1", port=int(sys.argv[1]), json_response="json" in sys.argv[2:3]
    )
