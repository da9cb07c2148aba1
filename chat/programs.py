"""The door for programs: what is asked under /api/ with a key.

The middleware of pages is synchronous, and a request that waits behind it holds a thread for as long as its model takes.
Here are neither sessions nor pages, so that nothing has to be.
"""

from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware

from .telemetry.requests import visit_of

PREFIX = "/api/"


class ProgramsHandler(ASGIHandler):
    """Django with what of its middleware concerns programs: names of hosts, HTTPS, and headers."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view = convert_exception_to_response(self._get_response_async)  # type: ignore[attr-defined]
        hosts = convert_exception_to_response(CommonMiddleware(view))
        self._middleware_chain = convert_exception_to_response(SecurityMiddleware(hosts))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Without a context of threads: Django tells its receivers of a request in a thread of the context, which then stays
        for as long as the request does."""
        await self.handle(scope, receive, send)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await super().get_response_async(request)
        if (visit := visit_of(request)) and request.resolver_match:
            visit.note(request.resolver_match, None)
        if response.status_code >= 400 and "json" not in response.headers.get("Content-Type", ""):
            response = _in_json(response)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def _in_json(page: HttpResponseBase) -> JsonResponse:
    """What goes wrong before there is a view to say so is said in a page."""
    error = {"reason": f"http_{page.status_code}", "message": f"{page.reason_phrase}."}
    headers = {name: page.headers[name] for name in ("Allow",) if name in page.headers}
    return JsonResponse({"error": error}, status=page.status_code, headers=headers)


class ByPath:
    """Programs go to one application, and everybody else to another."""

    def __init__(self, programs: Any, people: Any) -> None:
        self._programs, self._people = programs, people

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        application = self._programs if scope["path"].startswith(PREFIX) else self._people
        await application(scope, receive, send)
