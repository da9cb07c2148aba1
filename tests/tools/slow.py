"""Tools for tests, named in TOOLS. What they do they write down in DATA_DIR, one line each time."""

import asyncio
from contextlib import suppress

from django.conf import settings

from chat.tools import ToolContext, tool


def _note(label: str) -> None:
    with (settings.DATA_DIR / "done").open("a") as file:
        file.write(f"{label}\n")


@tool()
async def wait(label: str, seconds: float = 60) -> str:
    """Waits, and changes nothing."""
    _note(label)
    await asyncio.sleep(seconds)
    return f"{label} has waited"


@tool(has_effects=True, enabled=True)
async def press(label: str, seconds: float = 0) -> str:
    """Presses a button, which takes a while to spring back."""
    _note(label)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        with suppress(OSError):
            _note(f"{label} let go")
        raise
    return f"{label} is pressed"


@tool(approval="always", has_effects=True, enabled=True)
def press_if_allowed(label: str, context: ToolContext) -> str:
    """Presses a button that is not for everybody."""
    _note(label)
    return f"{label} is pressed for {context.user}"


@tool()
def much(size: int) -> str:
    """Says a great deal."""
    return "x" * size


@tool()
def broken() -> str:
    """Fails."""
    raise RuntimeError("sk-canary-of-a-tool")
