"""Pages for what went wrong. None of them says more than the person can use."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.telemetry import logs

from .answers import refused

SEND_AGAIN = _("This page was open for a long time, or cookies are off. Nothing was sent: send it again.")
RETRY_SECONDS = 5
logger = logging.getLogger("chat.errors")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 400, gettext("This request could not be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, gettext("This is not allowed."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        404,
        gettext("There is nothing here."),
        gettext("It may have been deleted, or it belongs to somebody else."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _database_away()
    return _page(
        request,
        500,
        gettext("Something went wrong on our side. It has been logged."),
        gettext("What was already written is kept."),
        logs.current("request"),
    )


def _database_away() -> HttpResponse:
    """It is started anew, or has no connection left for us. A page would ask it who is looking."""
    sentence = gettext("The database cannot be reached just now. Try again in a moment.")
    response = _sentence(sentence, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The header tells the page's script to fetch a new token and send once more; a form keeps its text."""
    route = request.resolver_match.route if request.resolver_match else "a path that is none of ours"
    logger.info("CSRF check failed on %s: %s", route, reason)
    if "HX-Request" in request.headers:
        response = _sentence(str(SEND_AGAIN), 403)
    else:
        response = refused(request, str(SEND_AGAIN), status=403, text=request.POST.get("text", ""))
    response["X-CSRF-Failure"] = "1"
    return response


def _page(
    request: HttpRequest, status: int, sentence: str, hint: str = "", incident: str = ""
) -> HttpResponse:
    """What made the request fail may make its page fail too: then the sentence alone has to do."""
    if "HX-Request" not in request.headers:
        try:
            return refused(request, sentence, hint=hint, status=status, incident=incident)
        except Exception:
            logger.exception("the page for status %d could not be made", status)
    return _sentence(sentence, status)


def _sentence(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
