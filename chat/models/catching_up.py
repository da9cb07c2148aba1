"""Texts that are not in the index of words yet, taken in a few at a time, so that nobody has to wait for it.

Whoever says something puts it in. What comes in otherwise by the hundred, as with an import or a fork, is named here and is
taken in soon. And now and then all texts are looked through, by their keys, for what was written before there was an index,
or past it, or was named to a process that has ended since: that takes a while, and no query of it grows with the tables.
"""

import uuid
from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import Q

from .conversations import Conversation
from .messages import Message
from .search import AT_ONCE, SearchEntry, waiting

LOOKED_AT = 500
_FIRST = uuid.UUID(int=0)


def take_waiting() -> bool:
    """Some of what waits. Whether there may be more."""
    if not waiting:
        return False
    wanted = waiting.pop()
    _put_titles(Conversation.objects.filter(pk=wanted))
    missing = _said().filter(conversation=wanted, searchentry=None).values_list("pk", flat=True)
    if _put_messages(missing[:AT_ONCE]) == AT_ONCE:
        waiting.add(wanted)
    return bool(waiting)


def look_at_titles(after: uuid.UUID | None = None) -> uuid.UUID | None:
    """Some conversations, in the order of their keys. The last of them; None where there are no more."""
    some = list(Conversation.objects.filter(pk__gt=after or _FIRST).order_by("pk")[:LOOKED_AT])
    _put_titles(some)
    return some[-1].pk if some else None


def look_at_messages(after: uuid.UUID | None = None) -> uuid.UUID | None:
    """Some messages, likewise. Only of those that are missing anything more than the key is read."""
    rows = Message.objects.filter(pk__gt=after or _FIRST).order_by("pk").values_list("pk", flat=True)
    some = list(rows[:LOOKED_AT])
    known = SearchEntry.objects.filter(message__in=some).values_list("message_id", flat=True)
    missing = sorted(set(some).difference(known))
    for start in range(0, len(missing), AT_ONCE):
        _put_messages(missing[start : start + AT_ONCE])
    return some[-1] if some else None


def _said() -> models.QuerySet[Message]:
    ended = Q(turn=None) | Q(turn__finished__isnull=False)
    lasting = Message.objects.filter(ended, conversation__temporary=False).exclude(text="")
    return lasting.select_related("conversation")


@transaction.atomic
def _put_messages(keys: Iterable[uuid.UUID]) -> int:
    """How many were put in. Each is read by itself: any of them may be megabytes."""
    found = (_said().defer("parts", "html").filter(pk=pk).first() for pk in list(keys))
    return sum(SearchEntry.objects.put_message(message) for message in found if message)


@transaction.atomic
def _put_titles(conversations: Iterable[Conversation]) -> None:
    found = [each for each in conversations if not each.temporary]
    titles = SearchEntry.objects.filter(conversation__in=found, message=None)
    known = dict(titles.values_list("conversation_id", "title"))
    for conversation in found:
        if known.get(conversation.pk) != conversation.title:
            SearchEntry.objects.put_title(conversation)
