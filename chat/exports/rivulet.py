"""JSON with the whole tree. docs/export.md describes it; chat/imports/rivulet.py reads it back."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.utils import timezone

from chat.models import Conversation, Message, Turn
from chat.models.paths import in_order
from chat.parts import shown

FORMAT = "rivulet"
VERSION = 1
BESIDE = ("feedback", "turn__continues", "turn__beside")
ENDED = set(Turn.Status.values) - {Turn.Status.QUEUED, Turn.Status.RUNNING}


def document(conversations: Iterable[Conversation]) -> Iterator[bytes]:
    """In pieces, none of which is larger than a message."""
    head = {"format": FORMAT, "version": VERSION, "exported": timezone.now()}
    yield orjson.dumps(head)[:-1] + b',"conversations":['
    for number, conversation in enumerate(conversations):
        yield b",\n" if number else b"\n"
        yield from _conversation(conversation)
    yield b"\n]}\n"


def _conversation(conversation: Conversation) -> Iterator[bytes]:
    yield orjson.dumps(_about(conversation))[:-1] + b',"messages":['
    rows = conversation.messages.order_by("created", "pk").values_list("pk", flat=True)
    for number, message in enumerate(in_order(list(rows), *BESIDE)):
        yield (b",\n" if number else b"\n") + orjson.dumps(_message(message))
    yield b"\n]}"


def _about(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.pk,
        "title": conversation.title,
        "titled_by": conversation.titled_by,
        "created": conversation.created,
        "updated": conversation.updated,
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "folder": conversation.folder.name if conversation.folder else None,
        "settings": conversation.settings,
        "leaf": conversation.leaf_id,
    }


def _message(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "created": message.created,
        "text": message.text,
        "parts": shown(message.parts),
    }
    if turn := getattr(message, "turn", None):
        told["turn"] = _turn(turn)
    if feedback := getattr(message, "feedback", None):
        told["feedback"] = {"value": feedback.value, "comment": feedback.comment}
    return told


def _turn(turn: Turn) -> dict[str, Any]:
    """A reply that is still being written is one that was cut off where the export was made."""
    return {
        "model": turn.model_name,
        "status": turn.status if turn.status in ENDED else Turn.Status.INTERRUPTED.value,
        "reason": turn.reason,
        "error": turn.error,
        "finish_reason": turn.finish_reason,
        "requested": turn.requested,
        "started": turn.started,
        "first_token": turn.first_token,
        "finished": turn.finished,
        "prompt_tokens": turn.prompt_tokens,
        "completion_tokens": turn.completion_tokens,
        "continues": turn.continues.message_id if turn.continues else None,
        "beside": turn.beside.message_id if turn.beside else None,
    }
