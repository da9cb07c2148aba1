"""Tools whose end is a test's to say: each waits until there is a file of its name."""

import asyncio
from pathlib import Path

from django.conf import settings

from chat.tools import ToolError, tool


async def _told(name: str) -> str:
    place = Path(settings.DATA_DIR) / "gates" / Path(name).name
    while not place.exists():
        await asyncio.sleep(0.02)
    return place.read_text()


@tool(enabled=True)
async def hold(name: str) -> str:
    """Waits until it is told to go on."""
    if (answer := await _told(name)).startswith("failed"):
        raise ToolError(answer)
    return answer


@tool(approval="always", has_effects=True, enabled=True)
async def send(to: str) -> str:
    """Sends a letter."""
    with (Path(settings.DATA_DIR) / "sent").open("a") as sent:
        sent.write(f"{to}\n")
    return f"sent to {to}"


@tool(approval="first", has_effects=True, enabled=True)
async def note(text: str) -> str:
    """Writes something down."""
    return f"noted: {text}"
