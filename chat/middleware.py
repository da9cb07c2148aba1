"""What every request passes: who may come in, and what every answer says to the browser."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from whitenoise.middleware import WhiteNoiseMiddleware

from .views.answers import refused

SIGN_IN_AGAIN = "You are signed out. Sign in again to go on."
# What a chat never needs. The rest keeps the browser's default, which is this site alone.
_UNUSED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in _UNUSED)


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
            return refused(request, SIGN_IN_AGAIN, status=401, text=text, back="login")
        return super().handle_no_permission(request, view_func)


def _is_script(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return (
        "HX-Request" in request.headers
        or "/events/" in request.path
        or "text/event-stream" in accept
        or accept.startswith("application/json")
    )


@sync_and_async_middleware
def security_headers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """The headers that neither Django nor django-csp sets. Static files never get here."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return _with_headers(await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _with_headers(get_response(request))

    return answer


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise in the event loop: as it comes it would hold a thread for as long as an event stream is open."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        super().__init__(get_response)
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = self.find_file(request.path_info) if self.autorefresh else self.files.get(request.path_info)
        if found is None:
            answer: HttpResponseBase = await self.get_response(request)
            return answer
        return await sync_to_async(self._read, thread_sensitive=False)(found, request)

    def _read(self, found: Any, request: HttpRequest) -> HttpResponse:
        served = self.serve(found, request)
        body = b"".join(served)
        return HttpResponse(body, status=served.status_code, headers=dict(served.items()))
