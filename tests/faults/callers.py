"""Models that call tools, as scripts: the question says which, as JSON."""

import asyncio
import json
from typing import Any

from tests.faults.model_server import Script, Wire, chunk

TOOLS = ",".join(
    f"tests.tools.slow.{name}" for name in ("wait", "press", "press_if_allowed", "much", "broken")
)


def calling(*calls: tuple[str, Any]) -> str:
    """A question that has these tools called. Arguments that are a text go out as they are."""
    return json.dumps([[name, args if isinstance(args, str) else json.dumps(args)] for name, args in calls])


def results(wire_or_request: Any) -> list[str]:
    """What the model was told of the calls it has just made."""
    request = getattr(wire_or_request, "request", wire_or_request)
    told: list[str] = []
    for message in reversed(request.body["messages"]):
        if message["role"] != "tool":
            break
        told.insert(0, message["content"])
    return told


async def caller(wire: Wire) -> None:
    """Calls what it is asked to, and answers with what came of it."""
    await wire.head()
    if told := results(wire):
        await wire.say("Results: " + " | ".join(text[:300] for text in told))
        await wire.finish()
        return
    await write_calls(wire)
    await wire.finish("tool_calls")


async def write_calls(wire: Wire, whole: bool = True) -> None:
    """In two pieces each, one call in the midst of the other; without the second where they are not to be whole."""
    question = next(m["content"] for m in reversed(wire.request.body["messages"]) if m["role"] == "user")
    calls = json.loads(question)
    for index, (name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": arguments[:3]}
        await _piece(wire, {"index": index, "id": f"c{index}", "type": "function", "function": function})
    for index, (_, arguments) in enumerate(calls if whole else ()):
        await _piece(wire, {"index": index, "function": {"arguments": arguments[3:]}})


async def _piece(wire: Wire, call: dict[str, Any]) -> None:
    await wire.event(chunk({"tool_calls": [call]}))


async def insatiable(wire: Wire) -> None:
    """Calls for as long as there is something to call."""
    await wire.head()
    if not wire.request.body.get("tools"):
        await wire.say("Enough.")
        await wire.finish()
        return
    function = {"name": "current_time", "arguments": "{}"}
    await _piece(wire, {"index": 0, "id": "again", "type": "function", "function": function})
    await wire.finish("tool_calls")


async def thinker(wire: Wire) -> None:
    await wire.head()
    for word in ("First ", "this, ", "then ", "that."):
        await wire.event(chunk({"reasoning_content": word}))
        await asyncio.sleep(0.05)
    await wire.say("Done.")
    await wire.finish()


def once_stuck(script: Script, before_results: bool) -> Script:
    """The first time it falls silent: while it writes its calls, or once it has their results."""
    stuck: set[str] = set()

    async def stuck_once(wire: Wire) -> None:
        if bool(results(wire)) is not before_results and wire.request.model not in stuck:
            stuck.add(wire.request.model)
            await wire.head()
            if before_results:
                await write_calls(wire, whole=False)
            await wire.gone()
        else:
            await script(wire)

    return stuck_once
