"""OpenAI's chat completions, from bytes to parts: as a stream, or whole where a server cannot stream."""

from typing import Any

from .base import Reasoning, Text, Usage
from .calls import written
from .decoder import Decoder, count, inner, objects, text_of
from .errors import from_error
from .thinking import ThinkingTags

# What servers say in place of OpenAI's words.
_REASONS = {
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
}


# Thoughts in pieces with signatures, as OpenRouter and LiteLLM pass them on.
BLOCKS = ("reasoning_details", "thinking_blocks")
_GROWING = ("text", "summary", "data", "thinking", "signature")


class CompletionDecoder(Decoder):
    def __init__(self, event_stream: bool = True, key: str = "") -> None:
        super().__init__(event_stream, key)
        self._tags = ThinkingTags()
        self._is_refused = False
        # What the next request of a turn with tools has to bring back, with the servers that think between calls.
        self._thought: list[str] = []
        self._blocks: dict[str, list[dict[str, Any]]] = {name: [] for name in BLOCKS}
        self._extras: dict[int, Any] = {}

    def _event(self, name: str, data: bytes) -> None:
        if data.strip() == b"[DONE]":
            self.done, self._finish = True, self._finish or "stop"
        else:
            super()._event(name, data)

    def _value(self, value: dict[str, Any], name: str) -> None:
        if name == "error" or value.get("error") or value.get("object") == "error":
            raise from_error(value.get("error") or value, self._key)
        if usage := inner(value, "usage"):
            self._usage = _usage(usage)
        for choice in objects(value.get("choices")):
            if not choice.get("index"):
                self._choice(choice)

    def _whole(self, value: dict[str, Any]) -> bool:
        self._value(value, "")
        return bool(value.get("choices"))

    def _choice(self, choice: dict[str, Any]) -> None:
        if delta := inner(choice, "delta") or inner(choice, "message"):
            self._think(delta)
            for kind, text in self._tags.split(text_of(delta.get("content"))):
                self._say(kind, text)
            self._refuse(text_of(delta.get("refusal")))
            for fragment in objects(delta.get("tool_calls")):
                self._fragment(fragment)
            if legacy := inner(delta, "function_call"):
                self._fragment({"index": 0, "function": legacy})
        if reason := choice.get("finish_reason"):
            said = str(reason)[:40].lower()
            self._finish = _REASONS.get(said, said)

    def _think(self, delta: dict[str, Any]) -> None:
        details = objects(delta.get("reasoning_details"))
        thought = text_of(delta.get("reasoning_content"))
        if thought:
            self._thought.append(thought)
        thought = thought or text_of(delta.get("reasoning"))
        self._say(Reasoning, thought or "".join(text_of(d.get("text") or d.get("summary")) for d in details))
        for name, kept in self._blocks.items():
            for block in objects(delta.get(name)):
                _keep(kept, block)

    def _refuse(self, text: str) -> None:
        self._is_refused = self._is_refused or bool(text)
        self._say(Text, text)

    def _fragment(self, fragment: dict[str, Any]) -> None:
        function = inner(fragment, "function")
        id, name = text_of(fragment.get("id")), text_of(function.get("name"))
        index = self._calls.place(fragment.get("index"), id, name)
        self._call(index, id, name, written(function.get("arguments")))
        if extra := inner(fragment, "extra_content"):
            self._extras[index] = extra

    def _rest(self) -> None:
        if self._is_whole:
            for kind, text in self._tags.rest():
                self._say(kind, text)
            self._echoes()
        if self._is_refused and self._finish == "stop":
            self._finish = "refusal"

    def _echoes(self) -> None:
        if not self._calls:
            return
        found = [name for name, blocks in self._blocks.items() if blocks]
        if found:
            self._echo({"type": found[0], found[0]: self._blocks[found[0]]})
        elif self._thought:
            self._echo({"type": "reasoning_content", "reasoning_content": "".join(self._thought)})
        for index, extra in self._extras.items():
            self._echo({"type": "extra_content", "id": self._calls.id_of(index), "extra_content": extra})


def _keep(kept: list[dict[str, Any]], block: dict[str, Any]) -> None:
    """The pieces of one block are put together. A signature ends it."""
    last = kept[-1] if kept else {}
    is_more = all(last.get(name) == block.get(name) for name in ("type", "index"))
    if not is_more or (last.get("signature") and any(block.get(name) for name in ("text", "thinking"))):
        kept.append(dict(block))
        return
    for name, value in block.items():
        before = last.get(name)
        grows = name in _GROWING and isinstance(value, str) and isinstance(before, str)
        last[name] = f"{before}{value}" if grows else value


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        count(usage.get("prompt_tokens")),
        count(usage.get("completion_tokens")),
        count(inner(usage, "completion_tokens_details").get("reasoning_tokens")),
        count(inner(usage, "prompt_tokens_details").get("cached_tokens")),
    )
