"""The recordings, and what they say by a reading that shares nothing with the one under test."""

import json
from dataclasses import dataclass
from pathlib import Path

from chat.providers.base import Echo, Finish, Part, Reasoning, Text, ToolCallDelta, Usage

FOLDER = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class Recording:
    name: str
    raw: bytes

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @property
    def is_framed(self) -> bool:
        return self.name.endswith("_framed")

    @property
    def is_stream(self) -> bool:
        return b"text/event-stream" in self.head


@dataclass(frozen=True)
class Said:
    """What a series of parts says, however it is divided. A call is its id, name and arguments."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    echo: tuple[str, ...] = ()


def recording(name: str) -> Recording:
    found = Recording(name, (FOLDER / f"{name}.http").read_bytes())
    if found.is_framed:
        return found
    # The body was recorded without the framing of which the header speaks.
    head = b"\r\n".join(line for line in found.head.splitlines() if not line.lower().startswith(b"transfer-"))
    return Recording(name, head + b"\r\n\r\n" + found.body)


def recordings(server: str = "") -> list[Recording]:
    names = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.http"))
    return [recording(name) for name in names if (server in name if server else "anthropic" not in name)]


def said(parts: list[Part]) -> Said:
    usage = [part for part in parts if isinstance(part, Usage)]
    finish = [part.reason for part in parts if isinstance(part, Finish)]
    assert len(usage) <= 1
    assert not finish or parts[-1] == Finish(finish[0]), "something follows the end"
    return Said(
        "".join(part.text for part in parts if isinstance(part, Text)),
        "".join(part.text for part in parts if isinstance(part, Reasoning)),
        usage[0] if usage else None,
        finish[0] if finish else "",
        calls_in(parts),
        tuple(json.dumps(part.data, sort_keys=True) for part in parts if isinstance(part, Echo)),
    )


def calls_in(parts: list[Part]) -> tuple[tuple[str, str, str], ...]:
    calls: dict[int, list[str]] = {}
    for part in parts:
        if isinstance(part, ToolCallDelta):
            call = calls.setdefault(part.index, ["", "", ""])
            assert not (part.id and call[0]), "an id comes once"
            assert not (part.name and call[1]), "a name comes once"
            for place, piece in enumerate((part.id, part.name, part.arguments)):
                call[place] += piece
    return tuple((*calls[index],) for index in sorted(calls))


def meant(recording: Recording) -> Said:
    """By splitting the body at its lines, all at once."""
    body = recording.body.decode()
    is_anthropic = "anthropic" in recording.name
    if not recording.is_stream:
        document = json.loads(body)
        return _meant_by_anthropic(_events_of(document)) if is_anthropic else _meant_by([document])
    lines = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: ")]
    events = [json.loads(line) for line in lines if line != "[DONE]"]
    return _meant_by_anthropic(events) if is_anthropic else _meant_by(events)


def _meant_by(chunks) -> Said:
    text = reasoning = finish = ""
    usage = None
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        if counted := chunk.get("usage"):
            details = counted.get("completion_tokens_details") or {}
            cached = (counted.get("prompt_tokens_details") or {}).get("cached_tokens")
            tokens = (counted["prompt_tokens"], counted["completion_tokens"], details.get("reasoning_tokens"))
            usage = Usage(*tokens, cached)
        for choice in chunk.get("choices", []):
            if choice["index"] == 0:
                delta = choice.get("delta") or choice.get("message") or {}
                text += delta.get("content") or ""
                reasoning += delta.get("reasoning_content") or ""
                finish = choice.get("finish_reason") or finish
                for number, piece in enumerate(delta.get("tool_calls") or []):
                    call = calls.setdefault(piece.get("index", number), ["", "", ""])
                    call[0] += piece.get("id") or ""
                    call[1] += piece["function"].get("name") or ""
                    call[2] += piece["function"].get("arguments") or ""
    told = tuple((*calls[index],) for index in sorted(calls))
    return Said(text.encode("utf-16", "surrogatepass").decode("utf-16"), reasoning, usage, finish, told)


def _events_of(message):
    blocks = [
        {"index": n, "content_block": block, "type": "start"} for n, block in enumerate(message["content"])
    ]
    return [*blocks, {"type": "message_delta", "delta": message, "usage": message["usage"]}]


def _meant_by_anthropic(events) -> Said:
    words = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}
    blocks: dict[int, dict] = {}
    tokens: dict[str, int] = {}
    finish = ""
    for event in events:
        tokens |= event.get("usage") or event.get("message", {}).get("usage", {})
        if "content_block" in event:
            blocks[event["index"]] = event["content_block"] | {"written": ""}
        elif event["type"] == "content_block_delta":
            block = blocks[event["index"]]
            for name, piece in event["delta"].items():
                if name != "type":
                    into = "written" if name == "partial_json" else name
                    block[into] += piece
        elif event["type"] == "message_delta":
            finish = words[event["delta"]["stop_reason"]]
    used = [block for block in blocks.values() if block["type"] == "tool_use"]
    thought = [block for block in blocks.values() if block["type"] == "thinking"]
    echo = [{name: block[name] for name in ("type", "thinking", "signature")} for block in thought]
    text = "".join(block.get("text", "") for block in blocks.values())
    return Said(
        text.encode("utf-16", "surrogatepass").decode("utf-16"),
        "".join(block["thinking"] for block in thought),
        Usage(tokens["input_tokens"], tokens["output_tokens"]),
        finish,
        tuple((block["id"], block["name"], block["written"]) for block in used),
        tuple(json.dumps(item, sort_keys=True) for item in echo),
    )
