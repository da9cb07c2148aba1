"""How much one person asks at once, in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from .request import Refused

_taken: Counter[int] = Counter()


@contextmanager
def slot(user_id: int) -> Iterator[None]:
    if _taken[user_id] >= settings.API_AT_ONCE:
        message = f"{settings.API_AT_ONCE} of your questions are being answered. Ask when one has its answer."
        raise Refused(429, "busy", message, retry_after=1)
    _taken[user_id] += 1
    try:
        yield
    finally:
        _taken[user_id] -= 1
        if not _taken[user_id]:
            del _taken[user_id]
