"""Questions, and the turns that are to answer them."""

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import room
from .attachments import Attachment
from .messages import Message
from .providers import Model
from .refusals import Refused
from .search import SearchEntry
from .turns import Turn

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from .conversations import Conversation

# When somebody may ask again who has as many replies under way as may be: about as long as a short one takes.
REPLY_SECONDS = 10


def once(user_id: int, key: str, make: Callable[[], Turn]) -> Turn:
    """The turn that `make` makes; for a request that came before under the same key, the one that it made then."""
    same = Turn.objects.filter(user_id=user_id, key=key)
    if existing := same.first():
        return existing
    try:
        with transaction.atomic():
            return make()
    except (IntegrityError, Refused) as problem:
        # The same request came twice at once; the other one has made the turn, and taken the room for it.
        if made := same.first():
            return made
        raise problem


def locked(conversation: "Conversation", key: str, write: "Callable[[Conversation], Turn]") -> Turn:
    """`once`, with the conversation as it is while nobody else changes it."""

    def make() -> Turn:
        mine = type(conversation).objects.select_for_update(no_key=True).get(pk=conversation.pk)
        # Again, now that we wait for nobody: its twin would refuse this one as a second question.
        return Turn.objects.filter(user_id=mine.user_id, key=key).first() or write(mine)

    return once(conversation.user_id, key, make)


def put_question(
    conversation: "Conversation",
    parent: uuid.UUID | None,
    text: str,
    attachments: Sequence[uuid.UUID] = (),
    *,
    edited: Message | None = None,
) -> Message:
    """With the files of these ids, which may be all that there is of it; see `AttachmentQuerySet.send`."""
    parts = [{"type": "text", "text": text}] if text else []
    question = conversation.messages.create(parent_id=parent, role=Message.Role.USER, text=text, parts=parts)
    if attachments:
        question.parts += Attachment.objects.send(attachments, question, edited=edited)
        question.save(update_fields=["parts"])
    SearchEntry.objects.put_message(question)
    return question


def put_turn(
    conversation: "Conversation",
    question: Message,
    key: str,
    model: Model | None,
    *,
    beside: Model | None = None,
    continues: Turn | None = None,
) -> Turn:
    """A turn at the end of what is shown. With `beside`, another model answers the same question next to it."""
    # Held to the end: the turns of a person are counted by one request at a time, so that many at once do not all find room.
    # Not against rows that only refer to the person: on PostgreSQL they would wait for each other crosswise.
    people = get_user_model().objects.select_for_update(no_key=True)
    conversation.user = people.get(pk=conversation.user_id)
    usable = Model.objects.usable(conversation.user)
    refuse_unusable(usable, *filter(None, (model, beside)))
    # The model of a conversation that may be used no more gives way to the first; one that somebody names does not.
    former = usable.filter(pk=conversation.model_id).first() if conversation.model_id else None
    model = model or former or usable.first()
    if model is None:
        raise Refused(_("No model is connected yet. An administrator can connect one."))
    beside = beside if beside != model else None
    _refuse_blind(question, *filter(None, (model, beside)))
    room.refuse_too_long(conversation, question, *filter(None, (model, beside)))
    wanted = 2 if beside else 1
    if Turn.objects.active().filter(user_id=conversation.user_id).count() + wanted > settings.TURNS_PER_USER:
        raise Refused(
            _("Many of your replies are being written. Wait for one, or stop one, and send again."),
            429,
            retry_after=REPLY_SECONDS,
        )
    turn = _make(question, key, model, conversation.user_id, continues=continues)
    if beside:
        _make(question, uuid.uuid4().hex, beside, conversation.user_id, beside=turn)
    conversation.leaf, conversation.model, conversation.updated = turn.message, model, timezone.now()
    conversation.save(update_fields=["leaf", "model", "updated"])
    return turn


def _make(question: Message, key: str, model: Model, user_id: int, **links: Turn | None) -> Turn:
    answer = question.conversation.messages.create(parent=question, role=Message.Role.ASSISTANT)
    return Turn.objects.create(
        message=answer, user_id=user_id, key=key, model=model, model_name=str(model), **links
    )


def refuse_unusable(usable: "QuerySet[Model]", *named: Model) -> None:
    """Models change while pages are open, and a form is not the only way in."""
    wanted = {model.pk for model in named}
    if wanted and usable.filter(pk__in=wanted).count() < len(wanted):
        raise Refused(_("This model is not available to you. Choose another one."), 422)


def _refuse_blind(question: Message, *models: Model) -> None:
    """A model that sees no pictures would answer as if there were none."""
    has_pictures = any(part["type"] == "image" for part in question.parts)
    if has_pictures and not all(model.takes_images for model in models):
        raise Refused(_("This model cannot see pictures. Choose one that can, or remove them."), 422)


def refuse_while_replying(conversation: "Conversation", but: Turn | None = None) -> None:
    """While a reply is being written at the end of what is shown. The one beside `but` may go on."""
    last = Turn.objects.filter(message=conversation.leaf_id).wordless().first()
    shown = [turn for turn in (last, last and last.partner()) if turn]
    if but not in shown and any(turn.is_active for turn in shown):
        raise Refused(_("A reply is still being written. Wait for it, or stop it first."))


def question_of(turn: Turn) -> Message:
    if turn.is_active:
        raise Refused(_("This reply is still being written."))
    question = turn.message.parent
    if question is None:
        raise Refused(_("The question of this reply is gone."))
    return question
