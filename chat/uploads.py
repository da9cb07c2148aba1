"""Tickets for uploads that are larger than other requests.

A body is capped before anybody can ask the database who sends it. So the page with the form gives a ticket, which is
checked by its signature alone.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner


@dataclass(frozen=True, slots=True)
class Place:
    """A page that takes files: the setting with the most bytes of one, and how many of them at once. Each lies on disk up
    to three times meanwhile."""

    setting: str
    at_once: int

    @property
    def max_bytes(self) -> int:
        return int(getattr(settings, self.setting))


PLACES = {"/import/": Place("IMPORT_MAX_BYTES", 4), "/attachments/": Place("ATTACHMENT_MAX_BYTES", 16)}
VALID_SECONDS = 6 * 3600
_SALT = "chat.uploads"


def ticket(user_id: int) -> str:
    return TimestampSigner(salt=_SALT).sign(str(user_id))


def place_of(method: str, uri: str) -> Place | None:
    """The place that a request with this line is for, if it comes from the page with the form."""
    path, _, query = uri.partition("?")
    place = PLACES.get(path)
    given = parse_qs(query).get("ticket", [""])[0]
    if method != "POST" or place is None or not given:
        return None
    try:
        TimestampSigner(salt=_SALT).unsign(given, max_age=VALID_SECONDS)
    except BadSignature:
        return None
    return place
