"""A tool from outside the product."""

from typing import Annotated

from pydantic import Field

from chat.tools import tool

Times = Annotated[int, Field(description="How often.", ge=1, le=10)]


@tool()
def squawk(times: Times) -> str:
    """Makes a noise, so many times."""
    return "squawk " * times
