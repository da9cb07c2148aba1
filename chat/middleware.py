"""What every request passes: who may come in, and what every answer says to the browser."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.decorators import sync_only_middleware
from django.utils.translation import gettext_lazy as _
from whitenoise.middleware import WhiteNoiseMiddleware

from .lending import lend
from .models import Device, Preferences
from .telemetry.requests import visit_of
from .views.answers import refused

SIGN_IN_AGAIN = _("You are signed out. Sign in again to go on.")
NOTED_EVERY = 10 * 60  # seconds
# What a chat never needs. The rest keeps the browser's default, which is this site alone.
_UNUSED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in _UNUSED)


class Language(LocaleMiddleware):
    """The language that the person chose, else one that their browser asks for. It is always one of the settings."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        chosen = Preferences.of(request.user).language
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen


class NoteRoute:
    """Says for the figures and the log which view answers, and to whom."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if visit := visit_of(request):
            visit.note(request.resolver_match, request.user)


class SignInRequired(LoginRequiredMiddleware):
    """Every view asks for an account unless it says otherwise.

    A page goes to the sign-in form and comes back. A script gets 401, because a form in place of what it
    asked for would be worse than nothing. A posted form keeps its text, because the way back would lose it.
    """

    def handle_no_permission(  # type: ignore[override]  # the base only ever redirects
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        if _is_script(request):
            return HttpResponse(SIGN_IN_AGAIN, status=401, content_type="text/plain; charset=utf-8")
        if request.method not in {"GET", "HEAD"}:
            text = request.POST.get("text", "")
            return refused(request, str(SIGN_IN_AGAIN), status=401, text=text, back="login")
        return super().handle_no_permission(request, view_func)


def _is_script(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return (
        "HX-Request" in request.headers
        or "/events/" in request.path
        or "text/event-stream" in accept
        or accept.startswith("application/json")
    )


def note_device(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """Writes down with which browser the session was last used: on pages alone, and some minutes apart."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = request.session
        if _is_page(request, response) and not _is_noted(session):
            Device.objects.saw(session.session_key or "", request.user, request.headers.get("User-Agent", ""))
            session["noted"] = [session.session_key, int(time.time())]
        return response

    return answer


def _is_noted(session: SessionBase) -> bool:
    """A new key, as after a change of password, is a new session."""
    key, at = session.get("noted", ("", 0))
    return bool(key == session.session_key and time.time() - at < NOTED_EVERY)


def _is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return (
        request.method == "GET" and response.status_code == 200 and is_html and request.user.is_authenticated
    )


def security_headers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """The headers that neither Django nor django-csp sets. Static files never get here."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, whose open files an asynchronous server would have to read as a list of lines."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        served = WhiteNoiseMiddleware.serve(static_file, request)
        body = b"".join(served)
        return HttpResponse(body, status=served.status_code, headers=dict(served.items()))


def without_nul(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """What of a request is asked of the database before any form has looked at it: PostgreSQL knows no NUL."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\x00" not in value}
        if "\x00" in (agent := request.META.get("HTTP_USER_AGENT", "")):
            request.META["HTTP_USER_AGENT"] = agent.replace("\x00", "")
        return get_response(request)

    return answer


def lent_connection(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """Around all others. An answer that streams is done with the database, and its client may read for minutes."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.streaming:
            lend()
        return response

    return answer


@sync_only_middleware
def in_one_thread(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """The innermost. Since it is synchronous, so is everything around it, and a request goes to its thread once. Otherwise
    it would go there and back for each step of each middleware, which takes longer than most views."""
    return get_response
