"""A typed function with a docstring as a tool: the schema comes from its signature, and arguments are checked by it."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from chat.providers.base import ToolSpec

from .base import Approval, ToolContext, ToolError, ToolOutput

# A parameter of this name gets the `ToolContext`, and the model knows nothing of it.
CONTEXT = "context"
Function = Callable[..., Any]


def tool(
    *, approval: Approval = "never", has_effects: bool = False, enabled: bool | None = None
) -> Callable[[Function], "FunctionTool"]:
    """Makes a tool of a function, async or not. One with effects is never called a second time by itself.

    `approval` and `enabled` are what holds until an admin says otherwise. Where the latter is not said, a tool is enabled
    that changes nothing and asks nobody.
    """
    if enabled is None:
        enabled = approval == "never" and not has_effects
    return partial(FunctionTool, approval=approval, has_effects=has_effects, enabled=enabled)


class FunctionTool:
    def __init__(self, function: Function, approval: Approval, has_effects: bool, enabled: bool) -> None:
        self.name = function.__name__
        self.approval = approval
        self.has_effects = has_effects
        self.enabled = enabled
        self._function = function
        signature = inspect.signature(function, eval_str=True)
        self._takes_context = CONTEXT in signature.parameters
        self._arguments = _model_of(self.name, signature)

    @property
    def spec(self) -> ToolSpec:
        schema = self._arguments.model_json_schema()
        schema.pop("title", None)
        return ToolSpec(self.name, inspect.getdoc(self._function) or "", schema)

    async def __call__(self, arguments: dict[str, Any], context: ToolContext) -> ToolOutput:
        """Raises what the function raises, except for `ToolError`, which is a result."""
        try:
            given = self._arguments.model_validate(arguments)
        except ValidationError as error:
            return ToolOutput(_complaint(error), is_error=True)
        values = {name: getattr(given, name) for name in type(given).model_fields}
        if self._takes_context:
            values[CONTEXT] = context
        try:
            return ToolOutput(str(await self._run(values)))
        except ToolError as error:
            return ToolOutput(str(error), is_error=True)

    async def _run(self, values: dict[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(**values)
        # In a thread, and one that leaves no connection to the database behind.
        return await database_sync_to_async(self._function, thread_sensitive=False)(**values)


def _model_of(name: str, signature: inspect.Signature) -> type[BaseModel]:
    fields: dict[str, Any] = {
        parameter.name: (
            parameter.annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for parameter in signature.parameters.values()
        if parameter.name != CONTEXT
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def _complaint(error: ValidationError) -> str:
    """What is wrong with which argument, in a line each."""
    lines = [
        f"- {'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)[:10]
    ]
    return "\n".join(["The arguments do not fit the schema of this tool:", *lines])
