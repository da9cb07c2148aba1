"""Tools of MCP servers, over streamable HTTP alone: nothing is ever started on this machine.

Each list and each call is a session of its own. One that were kept would have to be found dead, begun again, and told
from one that is merely slow, amid a call that must not be made twice. A new one costs 5 ms beside the way there (see
docs/tools.md) and owes nothing to what was before. What a server remembers for the length of a session, it forgets.

The SDK takes a second to load, so that it is loaded aside, by the first that needs it.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .base import Progress, Server, ToolContext, ToolError, ToolOutput

MOST_TOOLS = 200
MOST_PAGES = 50
SCHEMA_MAX_CHARS = 32 * 1024
DESCRIPTION_MAX_CHARS = 4000
RESULT_MAX_CHARS = 256 * 1024
PROGRESS_MAX_CHARS = 200
NAME_MAX_CHARS = 64

_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]+")


class ServerTrouble(ToolError):
    """A server of tools does not do its part. The message is a sentence for an administrator and for the model, `detail`
    is what there is to look into, at most 300 characters, for the administrator alone."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail[:300]


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool as its server describes it, in its own name. `only_reads` is the server's word, which may be wrong."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    only_reads: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server offers, and in sentences what of it cannot be used."""

    tools: Sequence[Listed]
    left_out: Sequence[str] = ()


async def list_tools(server: Server) -> Listing:
    """Raises `ServerTrouble`."""
    rows, is_whole = await (await _sdk()).list_tools(server, MOST_PAGES, MOST_TOOLS)
    return _listing(rows, is_whole)


async def call(
    server: Server,
    remote_name: str,
    arguments: dict[str, Any],
    context: ToolContext,
    progress: Progress | None = None,
) -> ToolOutput:
    """Raises nothing; cancelling it tells the server so. `context` stays here: a server learns nothing of the person."""
    try:
        result = await (await _sdk()).call(server, remote_name, arguments, _shown(progress))
    except ServerTrouble as trouble:
        return ToolOutput(str(trouble), is_error=True)
    return ToolOutput(text_of(result), is_error=bool(result.get("isError")))


def legal_name(server: str, tool: str, taken: Collection[str] = ()) -> str:
    """What models call a tool: letters, digits, `_` and `-`, at most 64, and none of those `taken`. The same tool gets the
    same name each time."""
    name = f"{_ILLEGAL.sub('_', server)}__{_ILLEGAL.sub('_', tool).strip('_') or 'tool'}"
    if len(name) <= NAME_MAX_CHARS and name not in taken:
        return name
    mark = hashlib.sha256(f"{server}\0{tool}".encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name[: NAME_MAX_CHARS - 9]}_{mark}"


def _sdk_module() -> ModuleType:
    from . import mcp_session

    return mcp_session


async def _sdk() -> Any:
    return await asyncio.to_thread(_sdk_module)


def _listing(rows: Sequence[Mapping[str, Any]], is_whole: bool) -> Listing:
    """The protocol's own rules were held to by the SDK, for all rows or none."""
    tools: dict[str, Listed] = {}
    left_out = [] if is_whole else [f"Only its first {MOST_TOOLS} tools are taken."]
    for row in rows:
        name = row["name"]
        if problem := _problem(row, tools):
            left_out.append(f"{name[:80]!r}: {problem}")
        else:
            tools[name] = _listed(row)
    return Listing(tuple(tools.values()), tuple(left_out))


def _listed(row: Mapping[str, Any]) -> Listed:
    notes = row.get("annotations") or {}
    title = row.get("title") or notes.get("title") or ""
    description = (row.get("description") or "")[:DESCRIPTION_MAX_CHARS]
    return Listed(
        row["name"], title[:200], description, row["inputSchema"], notes.get("readOnlyHint") is True
    )


def _problem(row: Mapping[str, Any], known: Mapping[str, Listed]) -> str:
    """Why a tool cannot be used; empty where it can."""
    name, schema = row["name"], row["inputSchema"]
    if not name.strip() or len(name) > 200:
        return "its name is empty or too long."
    if name in known:
        return "listed twice; the first is taken."
    if len(json.dumps(schema)) > SCHEMA_MAX_CHARS:
        return "its schema is too large."
    return "its arguments are no JSON schema of an object." if not _is_schema(schema) else ""


def _is_schema(schema: Mapping[str, Any]) -> bool:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError):
        return False
    return bool(schema.get("type", "object") == "object")


def _shown(progress: Progress | None) -> Any:
    """The SDK's callback for what a person is to see. What a server says is cut, and one line."""

    async def tell(done: float, total: float | None, message: str | None) -> None:
        if progress is None:
            return
        figures = f"{done:g} / {total:g}" if total else f"{done:g}"
        progress(" ".join((message or figures).split())[:PROGRESS_MAX_CHARS])

    return tell


def text_of(result: Mapping[str, Any]) -> str:
    """A result in words: its texts, the names of what is no text, and its structure where the texts do not say it."""
    content = result.get("content") or []
    texts = [block.get("text") or "" for block in content if block.get("type") == "text"]
    lines = [_in_words(block) for block in content]
    structure = result.get("structuredContent")
    if structure is not None and not _repeats(texts, structure):
        lines.append(json.dumps(structure, ensure_ascii=False))
    text = "\n".join(filter(None, lines))
    if len(text) > RESULT_MAX_CHARS:
        text = f"{text[:RESULT_MAX_CHARS]}\n[The rest, {len(text) - RESULT_MAX_CHARS:,} characters, was left out.]"
    return text or "(The tool answered with nothing.)"


def _in_words(block: Mapping[str, Any]) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "image" | "audio" as kind, "mimeType": str(media)}:
            size = len(str(block.get("data") or "")) * 3 // 4
            return f"[{kind}, {media}, {size:,} bytes: not shown]"
        case {"type": "resource_link", "uri": uri}:
            return f"[resource {block.get('name') or ''}: {uri}]"
        case {"type": "resource", "resource": {"uri": uri, "text": str(text)}}:
            return f"[resource {uri}]\n{text}"
        case {"type": "resource", "resource": {"uri": uri}}:
            return f"[resource {uri}: not text, not shown]"
    return "[content of an unknown kind: not shown]"


def _repeats(texts: Sequence[str], structure: Any) -> bool:
    """Servers send what they mean twice, as text for models that take nothing else."""
    values = [structure]
    if isinstance(structure, dict) and set(structure) == {"result"}:
        values.append(structure["result"])
    said = [_value(text) for text in texts]
    return any(value in ([*said], *said, *texts) for value in values)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
