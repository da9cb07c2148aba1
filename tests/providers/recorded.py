"""The recordings, and what they say by a reading that shares nothing with the one under test."""

import json
from dataclasses import dataclass
from pathlib import Path

from chat.providers.base import Finish, Part, Reasoning, Text, Usage

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
    """What a series of parts says, however it is divided."""

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish: str = ""


def recording(name: str) -> Recording:
    found = Recording(name, (FOLDER / f"{name}.http").read_bytes())
    if found.is_framed:
        return found
    # The body was recorded without the framing of which the header speaks.
    head = b"\r\n".join(line for line in found.head.splitlines() if not line.lower().startswith(b"transfer-"))
    return Recording(name, head + b"\r\n\r\n" + found.body)


def recordings() -> list[Recording]:
    names = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.http"))
    return [recording(name) for name in names]


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
    )


def meant(recording: Recording) -> Said:
    """By splitting the body at its lines, all at once."""
    body = recording.body.decode()
    if not recording.is_stream:
        chunks = [json.loads(body)]
    else:
        lines = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: ")]
        chunks = [json.loads(line) for line in lines if line != "[DONE]"]
    text = reasoning = finish = ""
    usage = None
    for chunk in chunks:
        if counted := chunk.get("usage"):
            usage = Usage(counted["prompt_tokens"], counted["completion_tokens"])
        for choice in chunk.get("choices", []):
            if choice["index"] == 0:
                delta = choice.get("delta") or choice.get("message") or {}
                text += delta.get("content") or ""
                reasoning += delta.get("reasoning_content") or ""
                finish = choice.get("finish_reason") or finish
    return Said(text.encode("utf-16", "surrogatepass").decode("utf-16"), reasoning, usage, finish)
