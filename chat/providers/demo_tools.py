"""What the demo does beside talking: it thinks aloud where it is asked to, and calls tools where some are offered."""

import json
import re
from collections.abc import Iterator

from .base import Prompt, ToolResult

# `use wait {"seconds": 3}` calls any tool that is offered, once for each time it is said.
_USE = re.compile(r"\buse (?P<name>[\w-]+)(?:\s+(?P<arguments>\{[^{}]*\}))?")
_SUM = re.compile(r"(?:calculate|compute|how much is)\s+(?P<sum>[\d.\s()+*/^-]*\d[\d\s)]*)", re.IGNORECASE)
_TIME = re.compile(r"what(?:'s| is)?(?: the)? time|time is it|wie spät", re.IGNORECASE)
_THINK = re.compile(r"\bthink|step by step|\breason", re.IGNORECASE)

THOUGHTS = (
    "The person asks something, and I am to think about it first. I am the demo and cannot think, "
    "but I can show how it looks when a model does.\n\n"
    "First I would take the question apart. Then I would weigh what I know, and look for what I have missed. "
    "At last I would answer, as I do now."
)


def thoughts_for(prompt: Prompt) -> str:
    return THOUGHTS if not results_of(prompt) and _THINK.search(prompt.messages[-1].text) else ""


def calls_for(prompt: Prompt) -> list[tuple[str, str]]:
    """Name and arguments of each call that the question leads to, with the tools that there are."""
    offered = {tool.name for tool in prompt.tools}
    if results_of(prompt):
        return []
    return [call for call in _wanted(prompt.messages[-1].text) if call[0] in offered]


def results_of(prompt: Prompt) -> list[ToolResult]:
    return list(prompt.messages[-1].results)


def answer_to(results: list[ToolResult]) -> str:
    said = "\n\n".join(
        "\n".join(f"> {line}" for line in result.text[:2000].split("\n")) for result in results
    )
    count = "The tool" if len(results) == 1 else f"The {len(results)} tools"
    return f"{count} answered:\n\n{said}\n\nI am the **demo**: the call was real, and these words around it are not."


def _wanted(question: str) -> Iterator[tuple[str, str]]:
    for use in _USE.finditer(question):
        yield use["name"], use["arguments"] or "{}"
    if found := _SUM.search(question):
        yield "calculator", json.dumps({"expression": found["sum"].strip().replace("^", "**")})
    if _TIME.search(question):
        yield "current_time", "{}"
