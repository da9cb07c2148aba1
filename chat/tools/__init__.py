"""What models may call. A tool of our own is a typed function with a docstring under `@tool`, named in settings.TOOLS."""

from .base import Server, ToolContext, ToolError, ToolOutput, Toolset
from .functions import FunctionTool, tool

__all__ = ["FunctionTool", "Server", "ToolContext", "ToolError", "ToolOutput", "Toolset", "tool"]
