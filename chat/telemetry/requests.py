"""What is known of each request around the application that answers it: its id, its route, how long it took, how it went."""

import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from . import logs, metrics, spans

log = logging.getLogger("chat.access")
VISIT = "rivulet.visit"
NO_ROUTE = "none"
SERVER_FAULT = 500
_WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@dataclass(slots=True)
class Visit:
    """`route` is the name of the route, once it is known; `user` the number of the account."""

    id: str
    method: str
    began: float = field(default_factory=time.perf_counter)
    route: str = NO_ROUTE
    user: str = ""
    status: int = 0
    span: spans.Span = spans.NOTHING

    def note(self, match: Any, user: Any) -> None:
        self.route = "admin" if match.app_name == "admin" else match.view_name or NO_ROUTE
        self.user = str(user.pk or "") if user else ""
        if self.user:
            logs.about(user=self.user)

    def end(self) -> None:
        self.span.rename(f"{self.method} {self.route}")
        self.span.note(
            {
                "http.request.method": self.method,
                "http.route": self.route,
                "http.response.status_code": self.status,
                "rivulet.request": self.id,
                "rivulet.user": self.user,
            }
        )
        self.span.end(str(self.status) if self.status >= SERVER_FAULT else "")

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


class Visits:
    """An ASGI application around another. A WebSocket gets its id as well, and nothing stands in the way of its frames."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        visit = Visit(_id_of(scope["headers"]), scope.get("method", "GET"))
        scope[VISIT] = visit
        if scope["type"] == "websocket":
            visit.route, visit.status = "socket", 101
        logs.about(request=visit.id)
        if spans.is_on() and visit.route == NO_ROUTE and not scope["path"].startswith(_quiet()):
            visit.span = spans.begin(visit.method, _traceparent_of(scope["headers"]), "server")
            spans.current.set(visit.span.traceparent)
        header = (b"x-request-id", visit.id.encode())

        async def begin(message: Any) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
                if visit.route == NO_ROUTE and scope["path"].startswith(settings.STATIC_URL):
                    visit.route = "static"
                metrics.answered(visit.route, visit.status, visit.seconds)
            await send(message)

        try:
            await self._application(scope, receive, begin if scope["type"] == "http" else send)
        finally:
            visit.end()
            if settings.ACCESS_LOG:
                _tell(visit)


def _quiet() -> tuple[str, ...]:
    """What is asked for all the time and tells nothing."""
    return (settings.STATIC_URL, "/healthz", "/readyz", "/metrics")


def _traceparent_of(headers: Any) -> str:
    return next((value.decode("latin1") for name, value in headers if name == b"traceparent"), "")


def visit_of(request: Any) -> Visit | None:
    """That of a Django request, if it came in this way."""
    visit: Visit | None = getattr(request, "scope", {}).get(VISIT)
    return visit


def _id_of(headers: Any) -> str:
    """The proxy's, so that its log and ours can be laid side by side; one of our own where that is none."""
    for name, value in headers:
        if name == b"x-request-id" and _WELL_FORMED.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)


def _tell(visit: Visit) -> None:
    ms = round(visit.seconds * 1000, 1)
    known = {"user": visit.user, "method": visit.method, "route": visit.route, "ms": ms}
    text = "%s %s %s in %s ms"
    log.info(text, visit.method, visit.route, visit.status, ms, extra={**known, "status": visit.status})
