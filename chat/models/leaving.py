"""The end of an account, and of everything that is kept of its owner."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from .attachments import Attachment
from .files import discard
from .readings import TranscriptReading
from .refusals import Refused


@transaction.atomic
def close(user: User) -> None:
    """From now on nobody is signed in to it and nobody can sign in. What was begun is deleted after that, in small steps."""
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    if user.is_superuser and not administrators.exclude(pk=user.pk).exists():
        raise Refused(
            _(
                "You are the last administrator. Make somebody else one first, or nobody can look after this server."
            )
        )
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    Session.objects.filter(pk__in=_sessions(user)).delete()


@transaction.atomic
def remove(user: User) -> None:
    """The account and all that bears its name. Its conversations are gone by then.

    What it read of others' as an administrator stays on record, by name: that record is for those others.
    """
    name = user.get_username()
    discard(Attachment.objects.visible_to(user))
    for records in (AccessAttempt, AccessFailureLog, AccessLog):
        records.objects.filter(username=name).delete()
    TranscriptReading.objects.filter(owner_name=name).delete()
    about = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=about, object_id=str(user.pk)).delete()
    user.delete()


def _sessions(user: Any) -> list[str]:
    """A session names its user where only the server can read it."""
    sessions = Session.objects.iterator(chunk_size=500)
    return [each.pk for each in sessions if each.get_decoded().get(SESSION_KEY) == str(user.pk)]
