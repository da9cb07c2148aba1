"""Tickets for uploads that are larger than other requests.

A body is capped before anybody can ask the database who sends it. So the page with the form gives a ticket, which is
checked by its signature alone.
"""

from urllib.parse import parse_qs

from django.core.signing import BadSignature, TimestampSigner

PATH = "/import/"
VALID_SECONDS = 6 * 3600
_SALT = "chat.uploads"


def ticket(user_id: int) -> str:
    return TimestampSigner(salt=_SALT).sign(str(user_id))


def is_allowed(method: str, uri: str) -> bool:
    """Whether a request with this line comes from the page with the form."""
    path, _, query = uri.partition("?")
    given = parse_qs(query).get("ticket", [""])[0]
    if method != "POST" or path != PATH or not given:
        return False
    try:
        TimestampSigner(salt=_SALT).unsign(given, max_age=VALID_SECONDS)
    except BadSignature:
        return False
    return True
