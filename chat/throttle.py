"""Sign-in is throttled by failures: per account and address, per address, and per account.

Axes keeps the records and refuses; this says what counts. It differs from Axes' own handler in that a try is
counted before the password is looked at, so that a hundred guesses at once are not all let through; that
signing in to one account forgives nothing that was tried on another; and that a guesser cannot lock the owner
of an account out of an address from which the owner has signed in before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username, get_credentials
from axes.models import AccessAttempt, AccessLog
from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from .addresses import network_of

PER_ACCOUNT_AND_ADDRESS = 5
PER_ADDRESS = 20
PER_ACCOUNT = 50
WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)
# Of all advisory locks of the database, this is ours.
SIGN_IN_LOCK = 0x5249564C


def address_of(request: HttpRequest) -> str | None:
    return network_of(request.META.get("REMOTE_ADDR") or "")


class Throttle(AxesDatabaseHandler):
    """`AXES_HANDLER`. Axes asks `is_locked` once for each call of `authenticate`."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Count one try, or refuse it. Nothing is counted while refusing: knocking prolongs no lock."""
        username = get_client_username(request, credentials)
        with transaction.atomic():
            _one_at_a_time()
            if _locked_until(username, request.axes_ip_address):
                return True
            _count(request, username)
        return False

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **_: Any
    ) -> None:
        """The try was counted when it began."""
        if request is not None:
            request.axes_credentials = credentials
            self.clean_expired_user_attempts(request, credentials)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """An address is the owner's for as long as its sign-ins are kept."""
        super().user_logged_in(sender, request, user, **kwargs)
        AccessLog.objects.filter(attempt_time__lt=timezone.now() - KNOWN_FOR).delete()

    def reset_user_attempts(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """The person is who they say, so their own slips from here are forgiven."""
        mine = AccessAttempt.objects.filter(
            username=get_client_username(request, credentials), ip_address=request.axes_ip_address
        )
        forgiven: int = mine.delete()[0]
        return forgiven


def forgive(request: HttpRequest, user: Any) -> None:
    """After a right password that signs nobody in."""
    Throttle().reset_user_attempts(request, get_credentials(user.get_username()))


def locked(
    request: HttpRequest, original: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """`AXES_LOCKOUT_CALLABLE`: says when to try again, and not whether the account exists."""
    until = _locked_until(get_client_username(request, credentials), address_of(request)) or timezone.now()
    seconds = max(int((until - timezone.now()).total_seconds()) + 1, 1)
    minutes = -(-seconds // 60)
    message = ngettext(
        "Too many tries to sign in. Try again in %(minutes)s minute.",
        "Too many tries to sign in. Try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}
    if "HX-Request" in request.headers:
        response = HttpResponse(message, status=429, content_type="text/plain; charset=utf-8")
    else:
        response = render(
            request, "registration/locked.html", {"message": message, "minutes": minutes}, status=429
        )
    response["Retry-After"] = str(seconds)
    return response


def _one_at_a_time() -> None:
    """Until the transaction ends. SQLite's are alone from their beginning."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SIGN_IN_LOCK])


def _locked_until(username: str | None, address: str | None) -> datetime | None:
    """When the last of the limits that are used up is free again; None while all have room."""
    return max((until for until in _limits(username, address) if until), default=None)


def _limits(username: str | None, address: str | None) -> Iterator[datetime | None]:
    recent = AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - WINDOW)
    yield _used_up(recent.filter(username=username, ip_address=address), PER_ACCOUNT_AND_ADDRESS)
    yield _used_up(recent.filter(ip_address=address), PER_ADDRESS)
    # Addresses from which the owner has signed in stay open while the rest of the world guesses.
    if not AccessLog.objects.filter(username=username, ip_address=address).exists():
        yield _used_up(recent.filter(username=username), PER_ACCOUNT)


def _used_up(attempts: QuerySet[Any], limit: int) -> datetime | None:
    """When enough of these attempts are out of the window; None where there are fewer than `limit`."""
    left = attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
    free: datetime | None = None
    for at, failures in attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"):
        if left < limit:
            break
        left, free = left - failures, at + WINDOW
    return free


def _count(request: Any, username: str | None) -> None:
    """One row for an account, address and browser, as Axes keeps them, without what was posted."""
    found, made = AccessAttempt.objects.get_or_create(
        username=username,
        ip_address=request.axes_ip_address,
        user_agent=request.axes_user_agent,
        defaults={"failures_since_start": 1, "path_info": request.axes_path_info},
    )
    if not made:
        same = AccessAttempt.objects.filter(pk=found.pk)
        same.update(failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now())
