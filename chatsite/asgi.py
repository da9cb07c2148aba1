"""The door to the outside: HTTP goes to Django, WebSockets to the consumer."""

import os
from typing import Any
from urllib.parse import SplitResult

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.http.request import validate_host  # noqa: E402

from chat.programs import ByPath, ProgramsHandler  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from chat.runtime import Started  # noqa: E402
from chat.telemetry.requests import Visits  # noqa: E402
from chat.waiting_room import WaitingRoom  # noqa: E402


class SameOrigin:
    """A page of this site may open a WebSocket, and those of CSRF_TRUSTED_ORIGINS: scheme, host and port alike."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        own = _own_origin(scope)
        # Django's `*.` for all subdomains is a bare dot here.
        trusted = [origin.replace("://*.", "://.") for origin in settings.CSRF_TRUSTED_ORIGINS]
        allowed = [*trusted, *([own] if own else [])]
        await OriginValidator(self._application, allowed)(scope, receive, send)


def _own_origin(scope: Any) -> str:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin1")
    name = SplitResult("", host, "", "", "").hostname or ""
    if not validate_host(f"[{name}]" if ":" in name else name, settings.ALLOWED_HOSTS):
        return ""
    return f"{'https' if settings.HTTPS else 'http'}://{host}"


application = Started(
    Visits(
        ProtocolTypeRouter(
            {
                "http": ByPath(ProgramsHandler(), WaitingRoom(django_application)),
                "websocket": SameOrigin(CookieMiddleware(URLRouter(websocket_urlpatterns))),
            }
        )
    )
)
