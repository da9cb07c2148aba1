"""What was seen of the stream of a reply, for the person whose reply it is."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from chat.models import Trace
from chat.timeline import Timeline


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    trace = _find(request, pk)
    return render(request, "chat/trace.html", {"timeline": Timeline(trace), "turn": trace.turn})


@require_GET
def events(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return download(_find(request, pk))


def download(trace: Trace) -> HttpResponse:
    """All that is kept of it, to be looked at elsewhere."""
    name = f"trace-{trace.turn_id}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(trace.jsonl, content_type="application/jsonl; charset=utf-8", headers=headers)


def _find(request: HttpRequest, pk: uuid.UUID) -> Trace:
    mine = Trace.objects.visible_to(request.user).select_related("turn__message__conversation")
    return get_object_or_404(mine, turn=pk)
