"""Which tools the model of a conversation is told of."""

from typing import Any

from django.http import HttpRequest

from chat.models.tools import Tool


def offered(user: Any, settings: dict[str, Any]) -> list[tuple[Tool, bool]]:
    """The tools that somebody may use, and whether a conversation with these settings uses them."""
    tools = Tool.objects.usable_by(user).select_related("server")
    return [(tool, _is_used(tool, settings.get("tools"))) for tool in tools]


def chosen(request: HttpRequest, settings: dict[str, Any]) -> dict[str, Any]:
    """What a form says of them, as settings. Where it changes nothing of what is used anyway, nothing is chosen: what an
    administrator adds later is then used, too."""
    tools = offered(request.user, {})
    if "tools_shown" not in request.POST or not tools:
        return {name: settings[name] for name in ("tools",) if name in settings}
    taken = [tool.name for tool, _ in tools if tool.name in request.POST.getlist("tools")]
    usual = [tool.name for tool, is_used in tools if is_used]
    return {} if taken == usual else {"tools": taken}


def _is_used(tool: Tool, names: list[str] | None) -> bool:
    """Where nothing is chosen, those of this server that never ask."""
    if names is None:
        return tool.server_id is None and tool.approval == Tool.Approval.NEVER
    return tool.name in names
