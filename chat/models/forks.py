"""A conversation that begins where another one has got to."""

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from .attachments import Attachment
from .messages import Message
from .refusals import Refused
from .search import SearchEntry, waiting
from .tree import path_before
from .turns import Turn

if TYPE_CHECKING:
    from .conversations import Conversation

AT_ONCE = 500


def fork(conversation: "Conversation", message: Message) -> "Conversation":
    """A copy of all that was said up to `message`, with what is known of how it was made."""
    path = [*path_before(message), message]
    turns = [turn for each in path if (turn := getattr(each, "turn", None))]
    if any(turn.is_active for turn in turns):
        raise Refused(_("This reply is still being written."))
    with transaction.atomic():
        made = _empty_copy(conversation)
        copies = _copies(made, path)
        Attachment.objects.copy_to(copies)
        Turn.objects.bulk_create([_finished(turn, copies[turn.message_id]) for turn in turns], AT_ONCE)
        made.leaf = copies[message.pk]
        made.save(update_fields=["leaf"])
    SearchEntry.objects.put_title(made)
    waiting.add(made.pk)
    return made


def _empty_copy(conversation: "Conversation") -> "Conversation":
    kept = {
        name: getattr(conversation, name) for name in ("user", "model", "settings", "folder", "temporary")
    }
    title = _("Fork of %(title)s") % {"title": conversation.title}
    by_hand = type(conversation).TitledBy.PERSON
    return type(conversation).objects.create(title=title[:200], titled_by=by_hand, **kept)


def _copies(made: "Conversation", path: list[Message]) -> dict[uuid.UUID, Message]:
    """By the id of what they are copies of."""
    copies: dict[uuid.UUID, Message] = {}
    parent: Message | None = None
    for message in path:
        fields = {name: getattr(message, name) for name in ("role", "parts", "text", "html", "created")}
        parent = copies[message.pk] = Message(conversation=made, parent=parent, **fields)
    made.messages.bulk_create(copies.values(), AT_ONCE)
    return copies


def _finished(turn: Turn, message: Message) -> Turn:
    names = (
        *("user_id", "model_id", "model_name", "status", "reason", "error", "error_detail", "finish_reason"),
        *("requested", "started", "first_token", "finished", "prompt_tokens", "completion_tokens"),
    )
    fields = {name: getattr(turn, name) for name in names}
    return Turn(message=message, key=uuid.uuid4().hex, announced=True, **fields)
