"""The time, which no model knows by itself."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from .base import ToolError
from .functions import tool

Zone = Annotated[str, Field(description="An IANA name such as Europe/Berlin.", max_length=64)]


@tool()
def current_time(time_zone: Zone = "UTC") -> str:
    """Tells the current date and time, in a given time zone."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(
            f"There is no time zone {time_zone!r}. Use a name such as Europe/Berlin or UTC."
        ) from None
    now = datetime.now(UTC).astimezone(zone)
    return f"{now:%A, %Y-%m-%d %H:%M:%S} {time_zone} (UTC{now:%z}), week {now:%V}"
