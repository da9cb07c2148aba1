"""Pages for what went wrong. None of them says more than the person can use."""

import logging

from django.http import HttpRequest, HttpResponse

from .answers import refused

logger = logging.getLogger("chat.errors")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, "This request could not be understood.", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, "This is not allowed.", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, "There is nothing here.", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _problem(request, "Something went wrong on our side. It has been logged.", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The header tells the page's script to fetch a new token and send once more."""
    text = request.POST.get("text", "")
    response = _problem(request, "This page was open too long, or cookies are off. Send again.", 403, text)
    response["X-CSRF-Failure"] = "1"
    return response


def _problem(request: HttpRequest, message: str, status: int, text: str = "") -> HttpResponse:
    """What made the request fail may make its page fail too: then the sentence alone has to do."""
    if "HX-Request" not in request.headers:
        try:
            return refused(request, message, status=status, text=text)
        except Exception:
            logger.exception("the page for status %d could not be made", status)
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
