"""OpenAI's Responses API, from bytes to parts."""

from typing import Any

from .base import Reasoning, Text, Usage
from .decoder import Decoder, Kind, count, inner, objects, text_of
from .errors import from_error

_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}
_TEXTS: dict[str, Kind] = {
    "response.output_text.delta": Text,
    "response.refusal.delta": Text,
    "response.reasoning_summary_text.delta": Reasoning,
    "response.reasoning_text.delta": Reasoning,
}


class ResponseDecoder(Decoder):
    def __init__(self, event_stream: bool = True, key: str = "") -> None:
        super().__init__(event_stream, key)
        self._places: dict[str, int] = {}  # of the calls, by the index of their item
        self._has_said = False
        self._has_thought = False
        self._is_refused = False

    def _value(self, value: dict[str, Any], name: str) -> None:
        kind = str(value.get("type") or name)
        if kind in _TEXTS:
            self._is_refused = self._is_refused or "refusal" in kind
            self._tell(_TEXTS[kind], text_of(value.get("delta")))
        elif kind == "response.reasoning_summary_part.added":
            self._say(Reasoning, "\n\n" if self._has_thought else "")
        elif kind.startswith("response.output_item."):
            self._item(inner(value, "item"), str(value.get("output_index")), is_done=kind.endswith("done"))
        elif kind == "response.function_call_arguments.delta":
            self._arguments(str(value.get("output_index")), text_of(value.get("delta")))
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._close_with(inner(value, "response"))
        elif kind == "error" or value.get("error"):
            raise from_error(value.get("error") or value, self._key)

    def _whole(self, value: dict[str, Any]) -> bool:
        if value.get("error"):
            raise from_error(value["error"], self._key)
        if not isinstance(value.get("output"), list):
            return False
        self._close_with(value)
        return True

    def _tell(self, kind: Kind, text: str) -> None:
        self._has_said = self._has_said or bool(text)
        self._has_thought = self._has_thought or (kind is Reasoning and bool(text))
        self._say(kind, text)

    def _item(self, item: dict[str, Any], index: str, is_done: bool) -> None:
        if item.get("type") == "function_call":
            self._function_call(item, index, is_done)
        elif item.get("type") == "reasoning" and is_done and item.get("encrypted_content"):
            kept = ("type", "id", "summary", "encrypted_content")
            self._echo({name: item[name] for name in kept if name in item})

    def _function_call(self, item: dict[str, Any], index: str, is_done: bool) -> None:
        place = self._places.setdefault(index, len(self._places))
        arguments = text_of(item.get("arguments"))
        if self._calls.has_begun(place) or not is_done:
            arguments = ""  # the whole of what comes, or has come, in pieces
        self._has_said = True
        self._call(
            place, text_of(item.get("call_id") or item.get("id")), text_of(item.get("name")), arguments
        )

    def _arguments(self, index: str, piece: str) -> None:
        place = self._places.setdefault(index, len(self._places))
        self._call(place, arguments=piece)

    def _close_with(self, response: dict[str, Any]) -> None:
        if response.get("status") == "failed" or response.get("error"):
            raise from_error(response.get("error") or "failed", self._key)
        if usage := inner(response, "usage"):
            self._usage = _usage(usage)
        if not self._has_said:
            self._output(objects(response.get("output")))
        self.done = True
        reason = inner(response, "incomplete_details").get("reason")
        if response.get("status") == "incomplete" or reason:
            self._finish = _REASONS.get(str(reason), str(reason or "length")[:40])
        else:
            self._finish = "refusal" if self._is_refused else "stop"

    def _output(self, items: list[dict[str, Any]]) -> None:
        """The items of a whole answer."""
        for index, item in enumerate(items):
            for part in [*objects(item.get("summary")), *objects(item.get("content"))]:
                kind: Kind = Reasoning if item.get("type") == "reasoning" else Text
                if kind is Reasoning and self._has_thought:
                    self._say(Reasoning, "\n\n")
                self._is_refused = self._is_refused or part.get("type") == "refusal"
                self._tell(kind, text_of(part.get("text") or part.get("refusal")))
            self._item(item, str(index), is_done=True)


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        count(usage.get("input_tokens")),
        count(usage.get("output_tokens")),
        count(inner(usage, "output_tokens_details").get("reasoning_tokens")),
        count(inner(usage, "input_tokens_details").get("cached_tokens")),
    )
