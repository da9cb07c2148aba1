"""The end of files: each goes with the last row that names it, after the commit that took the row."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from django.core.files.storage import Storage
from django.db import models, transaction
from django.utils import timezone

from .attachments import THUMB, Attachment, AttachmentQuerySet, thumb_of
from .messages import Message

log = logging.getLogger(__name__)
UNSENT_KEPT = timedelta(days=1)
# A file stands there before its row does.
YOUNG = timedelta(hours=1)
AT_ONCE = 500


def leaving(messages: "models.QuerySet[Message] | Sequence[uuid.UUID]") -> list[str]:
    """The names of the files of messages that are about to be deleted."""
    return list(Attachment.objects.filter(message__in=messages).values_list("file", flat=True))


def forget_after_commit(names: Sequence[str]) -> None:
    if names:
        transaction.on_commit(partial(_forget_unused, names))


def discard(attachments: AttachmentQuerySet) -> None:
    """Rows and files."""
    names = list(attachments.values_list("file", flat=True))
    attachments.delete()
    forget_after_commit(names)


def sweep_unsent() -> None:
    """What was not sent within a day was not meant to be."""
    discard(Attachment.objects.unsent().filter(created__lt=timezone.now() - UNSENT_KEPT))


def sweep_lost() -> None:
    """Files without a row, as a process leaves them that ends between the two, or the deletion of an account in the admin."""
    storage = _storage()
    folders, _ = _listed(storage, "")
    for folder in folders:
        _, names = _listed(storage, folder)
        paths = {f"{folder}/{name.removesuffix(THUMB)}" for name in names}
        for path in _unused(list(paths)):
            if _is_old(storage, path):
                _delete(storage, path)


def _forget_unused(names: Sequence[str]) -> None:
    storage = _storage()
    for name in _unused(names):
        _delete(storage, name)


def _unused(names: Sequence[str]) -> Iterator[str]:
    """Those that no row names, or no longer."""
    for start in range(0, len(names), AT_ONCE):
        some = set(names[start : start + AT_ONCE])
        yield from some.difference(Attachment.objects.filter(file__in=some).values_list("file", flat=True))


def _delete(storage: Storage, name: str) -> None:
    """What cannot be deleted now, the sweep finds."""
    try:
        storage.delete(name)
        storage.delete(thumb_of(name))
    except Exception:
        log.exception("the file %s could not be deleted", name)


def _is_old(storage: Storage, path: str) -> bool:
    try:
        return storage.get_modified_time(path) < timezone.now() - YOUNG
    except FileNotFoundError:
        return True


def _listed(storage: Storage, path: str) -> tuple[list[str], list[str]]:
    try:
        return storage.listdir(path)
    except FileNotFoundError:
        return [], []


def _storage() -> Storage:
    return Attachment._meta.get_field("file").storage
