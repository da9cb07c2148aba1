"""What a program may ask over HTTP, read with suspicion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from django.conf import settings

from chat.providers.base import Said

from .schema import Schema, SchemaError

FIELDS = {"model", "system", "prompt", "messages", "schema", "parameters"}
MESSAGES_MOST = 1000
SCHEMA_MAX_BYTES = 64 * 1024
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "max_tokens": (1, 10_000_000),
}


class Refused(Exception):
    """`reason` is a word for the program, `message` a sentence for whoever wrote it."""

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Question:
    model: str
    system: str
    messages: Sequence[Said]
    parameters: Mapping[str, float]
    schema: Schema | None


def read(body: bytes) -> Question:
    """The question in the body of a request; raises `Refused`."""
    try:
        asked = orjson.loads(body)
    except ValueError:
        raise _bad("The body is not JSON in UTF-8.") from None
    if not isinstance(asked, dict):
        raise _bad("The body is not a JSON object.")
    if unknown := set(asked).difference(FIELDS):
        raise _bad(f"There is no field {min(unknown)!r}.")
    question = Question(
        _text(asked, "model"), _text(asked, "system"), _messages(asked), _parameters(asked), _schema(asked)
    )
    chars = len(question.system) + sum(len(said.text) for said in question.messages)
    if chars > settings.MESSAGE_MAX_CHARS:
        raise Refused(
            413, "too_long", f"At most {settings.MESSAGE_MAX_CHARS} characters can be asked at once."
        )
    return question


def _text(asked: Mapping[str, Any], name: str) -> str:
    text = asked.get(name) or ""
    if not isinstance(text, str):
        raise _bad(f"`{name}` is a text.")
    return text


def _messages(asked: Mapping[str, Any]) -> list[Said]:
    if ("prompt" in asked) == ("messages" in asked):
        raise _bad("Give either `prompt` or `messages`.")
    given = asked.get("messages", [{"role": "user", "content": asked.get("prompt")}])
    if not isinstance(given, list) or not 0 < len(given) <= MESSAGES_MOST:
        raise _bad(f"`messages` is a list of 1 to {MESSAGES_MOST} messages.")
    messages = [_said(each) for each in given]
    if messages[-1].role != "user":
        raise _bad("The last message is the user's.")
    return messages


def _said(message: Any) -> Said:
    role = message.get("role") if isinstance(message, dict) else None
    text = message.get("content") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise _bad("What is asked is a text, and not an empty one.")
    kind: Literal["user", "assistant"]
    if role == "user":
        kind = "user"
    elif role == "assistant":
        kind = "assistant"
    else:
        raise _bad("The role of a message is `user` or `assistant`; `system` is a field of its own.")
    return Said(kind, text)


def _parameters(asked: Mapping[str, Any]) -> dict[str, float]:
    """None but these: anything else in a request could ask for another model."""
    given = asked.get("parameters") or {}
    if not isinstance(given, dict):
        raise _bad("`parameters` is an object.")
    for name, value in given.items():
        least, most = RANGES.get(name, (0, 0))
        if name not in RANGES:
            raise _bad(f"There is no parameter {name!r}, but {', '.join(RANGES)}.")
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (isinstance(value, float) and name != "max_tokens")) or not least <= value <= most:
            raise _bad(f"`{name}` is a number from {least} to {most}.")
    return given


def _schema(asked: Mapping[str, Any]) -> Schema | None:
    document = asked.get("schema")
    if document is None:
        return None
    if len(orjson.dumps(document)) > SCHEMA_MAX_BYTES:
        raise Refused(413, "too_long", f"A schema has at most {SCHEMA_MAX_BYTES} bytes.")
    try:
        return Schema(document, patterns=False)
    except SchemaError as error:
        raise Refused(400, "bad_schema", str(error)) from None


def _bad(message: str) -> Refused:
    return Refused(400, "bad_request", message)
