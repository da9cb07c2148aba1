"""What models may call. A tool of our own is a typed function with a docstring under `@tool`, named in settings.TOOLS."""

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Server, ToolContext, ToolError, ToolOutput
from .functions import FunctionTool, tool

__all__ = [
    "FunctionTool",
    "Server",
    "ToolContext",
    "ToolError",
    "ToolOutput",
    "installed",
    "tool",
]


def installed() -> dict[str, FunctionTool]:
    """The tools of settings.TOOLS by their names. Raises ImportError for one that is not there."""
    return _load(tuple(settings.TOOLS))


@lru_cache(maxsize=4)
def _load(paths: tuple[str, ...]) -> dict[str, FunctionTool]:
    functions = [cast(FunctionTool, import_string(path)) for path in paths]
    return {function.name: function for function in functions}
