"""The one journal of this process, as settings.JOURNAL names it."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Journal
from .followers import Follower, Listener
from .records import LAST, Append, BegunAnew, Cursor, Entry, Fence, Gap, JournalError, StaleFence

__all__ = [
    "LAST",
    "Append",
    "BegunAnew",
    "Cursor",
    "Entry",
    "Fence",
    "Follower",
    "Gap",
    "Journal",
    "JournalError",
    "Listener",
    "StaleFence",
    "journal",
]


@cache
def journal() -> Journal:
    options = {key.lower(): value for key, value in settings.JOURNAL.items() if key != "BACKEND"}
    backend: type[Journal] = import_string(settings.JOURNAL["BACKEND"])
    return backend(**options)
