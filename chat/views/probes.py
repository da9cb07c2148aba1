"""What `manage.py doctor` asks for through the public address. Without one of its tickets there is nothing here."""

import uuid
from collections.abc import AsyncIterator

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from chat.probes import Pace, pace_of, paced

from .events import HEADERS


@login_not_required
@require_GET
async def stream(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """As the event stream of a conversation, with the same headers. There is no such conversation."""
    lines = _lines(_pace(request))
    return StreamingHttpResponse(lines, content_type="text/event-stream", headers=HEADERS)


@login_not_required
@require_GET
async def poll(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """One answer, after a while."""
    answer = _last(_pace(request))
    return StreamingHttpResponse(answer, content_type="application/json", headers=HEADERS)


@login_not_required
@require_http_methods(["GET", "POST"])
def seen(request: HttpRequest) -> HttpResponseBase:
    """How a request looks from here, once it has come through whatever stands in front."""
    _pace(request)
    return JsonResponse({"scheme": request.scheme, "host": request.get_host(), "bytes": len(request.body)})


def _pace(request: HttpRequest) -> Pace:
    pace = pace_of(request.GET.get("ticket", ""))
    if pace is None:
        raise Http404
    return pace


async def _lines(pace: Pace) -> AsyncIterator[str]:
    async for event in paced(pace):
        yield f"event: probe\ndata: {event}\n\n"


async def _last(pace: Pace) -> AsyncIterator[bytes]:
    last = ""
    async for event in paced(pace):
        last = event
    yield last.encode()
