"""Which requests are counted for whom, and what is said to one too many."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import rates
from .addresses import OWN
from .throttle import address_of
from .views.answers import refused

MESSAGES, UPLOADS, SEARCHES, TRANSFERS = (
    *("MESSAGES_PER_MINUTE", "UPLOADS_PER_MINUTE"),
    *("SEARCHES_PER_MINUTE", "TRANSFERS_PER_MINUTE"),
)
TOO_OFTEN = _("This is more than the server takes in a minute.")
HEALTH = {"healthz", "readyz", "metrics"}
# By method and name of the route.
COUNTED = {
    ("POST", "conversations"): MESSAGES,
    ("POST", "messages"): MESSAGES,
    ("POST", "message_edit"): MESSAGES,
    ("POST", "message_answer"): MESSAGES,
    ("POST", "turn_retry"): MESSAGES,
    ("POST", "turn_continue"): MESSAGES,
    ("POST", "attachments"): UPLOADS,
    ("GET", "search"): SEARCHES,
    ("GET", "conversation_export"): TRANSFERS,
    ("GET", "export_all"): TRANSFERS,
    ("POST", "import"): TRANSFERS,
    ("POST", "conversation_shares"): TRANSFERS,
}


class Limits(MiddlewareMixin):
    """After the one that says who it is. Programs have a door of their own, see `views/complete.py`."""

    sync_capable = True
    async_capable = False

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        seconds = _wait_of(request)
        return too_often(request, seconds) if seconds else None


def _wait_of(request: HttpRequest) -> int:
    match = request.resolver_match
    route = (match.url_name or "") if match and not match.namespace else ""
    if isinstance(request.user, AnonymousUser):
        address = address_of(request)
        is_free = address in OWN or route in HEALTH
        return 0 if is_free else rates.wait_of("ANONYMOUS_PER_MINUTE", address)
    kind = COUNTED.get((request.method or "", route))
    return rates.wait_of(kind, request.user.pk) if kind else 0


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    hint = ngettext("Try again in %(seconds)d second.", "Try again in %(seconds)d seconds.", seconds) % {
        "seconds": seconds
    }
    text = request.POST.get("text", "")
    return refused(request, str(TOO_OFTEN), hint=hint, status=429, text=text, retry_after=seconds)
