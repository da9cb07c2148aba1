"""Anthropic's messages, from bytes to parts: as a stream, or whole where no stream was made of them."""

from dataclasses import dataclass, field
from typing import Any

from .base import Reasoning, Text, Usage
from .calls import written
from .decoder import Decoder, count, inner, objects, text_of
from .errors import from_error

_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


@dataclass(slots=True)
class _Block:
    """One that is open. `place` is that of a call among the calls; `whole` the arguments that came with its beginning."""

    kind: str
    place: int = -1
    whole: str = ""
    thought: list[str] = field(default_factory=list)
    signature: str = ""


class MessageDecoder(Decoder):
    """Blocks of kinds that it does not know, such as those of tools that the server runs itself, are passed over."""

    def __init__(self, event_stream: bool = True, key: str = "") -> None:
        super().__init__(event_stream, key)
        self._blocks: dict[str, _Block] = {}
        self._counts: dict[str, int] = {}

    def _value(self, value: dict[str, Any], name: str) -> None:
        match value.get("type") or name:
            case "content_block_delta":
                self._delta(str(value.get("index")), inner(value, "delta"))
            case "content_block_start":
                self._open(str(value.get("index")), inner(value, "content_block"))
            case "content_block_stop":
                self._shut(str(value.get("index")))
            case "message_start":
                self._use(inner(inner(value, "message"), "usage"))
            case "message_delta":
                self._use(inner(value, "usage"))
                self._reason(inner(value, "delta").get("stop_reason"))
            case "message_stop":
                self.done, self._finish = True, self._finish or "stop"
            case "error":
                raise from_error(value.get("error") or value, self._key)
            case _ if value.get("error"):
                raise from_error(value["error"], self._key)

    def _whole(self, value: dict[str, Any]) -> bool:
        if value.get("error"):
            raise from_error(value["error"], self._key)
        if not isinstance(value.get("content"), list):
            return False
        for index, block in enumerate(objects(value["content"])):
            self._open(str(index), block)
            self._shut(str(index))
        self._use(inner(value, "usage"))
        self._reason(value.get("stop_reason"))
        return True

    def _open(self, index: str, content: dict[str, Any]) -> None:
        block = self._blocks[index] = _Block(str(content.get("type")))
        match block.kind:
            case "text":
                self._say(Text, text_of(content.get("text")))
            case "thinking":
                self._think(block, text_of(content.get("thinking")))
                block.signature = text_of(content.get("signature"))
            case "redacted_thinking":
                self._echo({"type": block.kind, "data": text_of(content.get("data"))})
            case "tool_use":
                block.place = len(self._calls)
                block.whole = written(content.get("input") or None)
                self._call(block.place, text_of(content.get("id")), text_of(content.get("name")))

    def _delta(self, index: str, delta: dict[str, Any]) -> None:
        block = self._blocks.get(index) or _Block("")
        match delta.get("type"):
            case "text_delta":
                self._say(Text, text_of(delta.get("text")))
            case "thinking_delta":
                self._think(block, text_of(delta.get("thinking")))
            case "signature_delta":
                block.signature += text_of(delta.get("signature"))
            case "input_json_delta" if block.place >= 0:
                self._call(block.place, arguments=text_of(delta.get("partial_json")))

    def _think(self, block: _Block, text: str) -> None:
        block.thought.append(text)
        self._say(Reasoning, text)

    def _shut(self, index: str) -> None:
        block = self._blocks.pop(index, None)
        if block is None:
            return
        if block.kind == "thinking":
            self._echo({"type": "thinking", "thinking": "".join(block.thought), "signature": block.signature})
        elif block.place >= 0 and not self._calls.has_begun(block.place):
            # Nothing was written of it: it came with the beginning, or it takes none.
            self._call(block.place, arguments=block.whole or "{}")

    def _reason(self, reason: Any) -> None:
        if reason:
            self._finish = _REASONS.get(str(reason), str(reason)[:40])

    def _use(self, usage: dict[str, Any]) -> None:
        """Counts are of the whole message so far, and what was said of the prompt need not be said again."""
        self._counts |= {name: said for name, value in usage.items() if (said := count(value)) is not None}
        thought = count(inner(usage, "output_tokens_details").get("thinking_tokens"))
        if thought is not None:
            self._counts["thinking_tokens"] = thought
        counts = self._counts
        cached = counts.get("cache_read_input_tokens")
        written_now = counts.get("cache_creation_input_tokens", 0)
        prompt = counts.get("input_tokens")
        if counts:
            self._usage = Usage(
                None if prompt is None else prompt + (cached or 0) + written_now,
                counts.get("output_tokens"),
                counts.get("thinking_tokens"),
                cached,
            )
