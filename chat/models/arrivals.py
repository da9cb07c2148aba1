"""Conversations that come in from a file, each whole or not at all."""

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.imports.base import Arrived, ArrivedMessage

from .conversations import Conversation, title_of
from .feedback import Feedback
from .folders import Folder
from .messages import Message
from .providers import Model
from .search import waiting
from .turns import Turn

# Ids are made of the owner and of the id in the file: the same file gives the same ids to one person, and other ids
# to everybody else, so that no file can name a row that exists.
NAMESPACE = uuid.UUID("6b0c7f0e-6f0a-4c55-9d1e-3f2a52a1c9d4")
AT_ONCE = 500
FOLDERS_MAX = 200
SETTINGS_MAX_CHARS = 50_000


@dataclass(slots=True)
class _Rows:
    """A conversation as rows that are not written yet. `ids` are those that its messages get here, by those of the file."""

    conversation: Conversation
    messages: list[Message] = field(default_factory=list)
    turns: dict[str, Turn] = field(default_factory=dict)
    feedback: list[Feedback] = field(default_factory=list)
    ids: dict[str, uuid.UUID] = field(default_factory=dict)


def take_in(user: Any, source: str, arrived: Arrived) -> Conversation | None:
    """The conversation as it now is, or None where it is there already."""
    pk = uuid.uuid5(NAMESPACE, f"{user.pk}:{source}:{arrived.id or _fingerprint(arrived)}")
    if _is_there(user, pk, source, arrived):
        return None
    # Everything is made ready first: while it is written, nobody else writes.
    rows = _rows(user, pk, arrived)
    try:
        with transaction.atomic():
            taken = _write(rows, user, arrived)
    except IntegrityError:
        if Conversation.objects.filter(pk=pk).exists():
            return None  # the same file came twice at once
        raise
    waiting.add(taken.pk)
    return taken


def _is_there(user: Any, pk: uuid.UUID, source: str, arrived: Arrived) -> bool:
    known = {pk}
    if source == "rivulet":
        with suppress(ValueError):
            known.add(uuid.UUID(arrived.id))
    return Conversation.objects.visible_to(user).filter(pk__in=known).exists()


def _fingerprint(arrived: Arrived) -> str:
    first = arrived.messages[0].text
    return json.dumps([arrived.title, str(arrived.created), len(arrived.messages), first])


def _rows(user: Any, pk: uuid.UUID, arrived: Arrived) -> _Rows:
    rows = _Rows(_conversation(user, pk, arrived))
    models = _models(user)
    at = rows.conversation.created
    for each in arrived.messages:
        at = each.created or at + timedelta(microseconds=1)
        _add(rows, user, each, at, models)
    for each in arrived.messages:
        if each.turn:
            rows.turns[each.id].continues = rows.turns.get(each.turn.continues or "")
            rows.turns[each.id].beside = rows.turns.get(each.turn.beside or "")
    return rows


def _conversation(user: Any, pk: uuid.UUID, arrived: Arrived) -> Conversation:
    now = timezone.now()
    conversation = Conversation(pk=pk, user=user, created=min(arrived.created or now, now))
    conversation.updated = min(arrived.updated or _last(arrived.messages) or now, now)
    question = next((message.text for message in arrived.messages if message.role == "user"), "")
    conversation.title = arrived.title or title_of(question)
    by_whom = Conversation.TitledBy.PERSON if arrived.title else Conversation.TitledBy.QUESTION
    conversation.titled_by = arrived.titled_by or by_whom
    conversation.pinned, conversation.archived = arrived.pinned, arrived.archived
    if len(json.dumps(arrived.settings)) <= SETTINGS_MAX_CHARS:
        conversation.settings = arrived.settings
    return conversation


def _add(rows: _Rows, user: Any, each: ArrivedMessage, at: datetime, models: dict[str, Model]) -> None:
    message = Message(
        conversation=rows.conversation,
        parent_id=rows.ids.get(each.parent or ""),
        role=each.role,
        parts=each.parts,
        text=each.text,
        created=at,
    )
    rows.ids[each.id] = message.pk
    rows.messages.append(message)
    if each.role == Message.Role.ASSISTANT:
        turn = rows.turns[each.id] = _turn(user, message, each, models)
        rows.conversation.model = turn.model or rows.conversation.model
    if each.feedback:
        value, comment = each.feedback
        rows.feedback.append(Feedback(message=message, value=value, comment=comment))


def _write(rows: _Rows, user: Any, arrived: Arrived) -> Conversation:
    conversation = rows.conversation
    conversation.folder = _folder(user, arrived.folder)
    conversation.save(force_insert=True)
    Message.objects.bulk_create(rows.messages, AT_ONCE)
    Turn.objects.bulk_create(rows.turns.values(), AT_ONCE)
    Feedback.objects.bulk_create(rows.feedback, AT_ONCE)
    conversation.leaf_id = rows.ids.get(arrived.leaf or "")
    conversation.save(update_fields=["leaf"])
    return conversation


def _turn(user: Any, message: Message, arrived: ArrivedMessage, models: dict[str, Model]) -> Turn:
    said = arrived.turn
    at: datetime = message.created
    turn = Turn(message=message, user=user, key=f"import:{message.pk}", announced=True)
    turn.requested = turn.finished = at
    turn.status = Turn.Status.COMPLETE
    if said:
        turn.model, turn.model_name, turn.status = models.get(said.model), said.model, said.status
        turn.reason, turn.error, turn.finish_reason = said.reason, said.error, said.finish_reason
        turn.requested, turn.finished = said.requested or at, said.finished or at
        turn.started, turn.first_token = said.started, said.first_token
        turn.prompt_tokens, turn.completion_tokens = said.prompt_tokens, said.completion_tokens
    return turn


def _models(user: Any) -> dict[str, Model]:
    """By the names under which they may have been known elsewhere."""
    usable = list(Model.objects.usable(user))
    return {model.name: model for model in usable} | {str(model): model for model in usable}


def _last(messages: list[ArrivedMessage]) -> datetime | None:
    return max((message.created for message in messages if message.created), default=None)


def _folder(user: Any, name: str) -> Folder | None:
    name = name[: Folder._meta.get_field("name").max_length].strip()
    if not name:
        return None
    mine = Folder.objects.visible_to(user)
    found = mine.filter(name=name).first()
    if found or mine.count() >= FOLDERS_MAX:
        return found
    return Folder.objects.create(user=user, name=name)
