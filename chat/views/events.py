"""The event stream and the long poll, for where a WebSocket does not get through."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from chat.access import NOT_THERE, SIGNED_OUT, Claim, Verdict
from chat.events import dump
from chat.lending import lend
from chat.viewers import TOO_MANY, Frame, Viewer

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
REFUSALS = {
    SIGNED_OUT: (401, "You are signed out."),
    NOT_THERE: (404, "There is no such conversation."),
    TOO_MANY: (429, "Too many windows of yours are open, or came in the last minute."),
}


@require_GET
async def stream(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    return await _stream(request, pk)


@require_GET
async def poll(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    return await _poll(request, pk)


@require_GET
async def of_user(request: HttpRequest) -> HttpResponseBase:
    """What concerns all conversations of a person, for pages that show none."""
    return await _stream(request, None)


@require_GET
async def poll_user(request: HttpRequest) -> HttpResponseBase:
    return await _poll(request, None)


async def _stream(request: HttpRequest, pk: uuid.UUID | None) -> HttpResponseBase:
    """Ends with `event: reconnect` after a megabyte or a minute: a server cannot see how far a client of this has read."""
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    viewer = Viewer(_claim(request, pk), after, "stream")
    if refusal := await _refusal(request, viewer):
        return refusal
    return StreamingHttpResponse(_lines(viewer), content_type="text/event-stream", headers=HEADERS)


async def _poll(request: HttpRequest, pk: uuid.UUID | None) -> HttpResponseBase:
    """What there is after the cursor; where there is nothing, what comes next. With `hold=no` nothing, at once."""
    after = request.GET.get("after", "")
    viewer = Viewer(_claim(request, pk), after, "poll")
    if refusal := await _refusal(request, viewer):
        return refusal
    # A stream of one piece: a plain answer would hold the thread of its request until there is something to say.
    return StreamingHttpResponse(
        _answer(viewer, after, request.GET.get("hold") != "no"),
        content_type="application/json",
        headers=HEADERS,
    )


async def _answer(viewer: Viewer, after: str, hold: bool) -> AsyncIterator[bytes]:
    try:
        frames = await _first(viewer) if hold else []
    finally:
        viewer.close()
    cursor = frames[-1].cursor if frames else after
    events = ",".join(frame.json for frame in frames)
    yield b'{"events":[%s],"cursor":%s}' % (events.encode(), orjson.dumps(cursor))


async def _lines(viewer: Viewer) -> AsyncIterator[bytes]:
    sent, ends, last = 0, time.monotonic() + settings.SSE_MAX_SECONDS, ""
    try:
        async with aclosing(viewer.batches()) as batches:
            async for frames in batches:
                lines = [b"".join(_line(frame.type, frame.cursor, frame.json) for frame in frames)]
                sent, last = sent + len(lines[0]), frames[-1].cursor
                # A client that does not read keeps us here: with what is being sent, and with no copies of it.
                frames.clear()
                yield lines.pop()
                if sent > settings.SSE_MAX_BYTES or time.monotonic() > ends:
                    break
        if viewer.code not in REFUSALS:
            yield _line("reconnect", last, dump({"type": "reconnect", "cursor": last}))
    finally:
        viewer.close()


async def _first(viewer: Viewer) -> list[Frame]:
    """The first frames that say something; none where nothing comes for a while."""
    try:
        async with asyncio.timeout(settings.POLL_SECONDS), aclosing(viewer.batches()) as batches:
            async for frames in batches:
                if telling := [frame for frame in frames if frame.type != "heartbeat"]:
                    return telling
    except TimeoutError:
        pass
    return []


def _line(event: str, cursor: str, data: str) -> bytes:
    return f"event: {event}\nid: {cursor}\ndata: {data}\n\n".encode()


def _claim(request: HttpRequest, pk: uuid.UUID | None) -> Claim:
    return Claim(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), pk)


async def _refusal(request: HttpRequest, viewer: Viewer) -> HttpResponse | None:
    # Held by the thread of the request, which waits for as long as this does.
    await sync_to_async(lend)()
    verdict = await viewer.open(request.META.get("REMOTE_ADDR") or "")
    return _refuse(verdict) if verdict.code else None


def _refuse(verdict: Verdict) -> HttpResponse:
    status, message = REFUSALS[verdict.code]
    headers = {"Retry-After": str(verdict.seconds)} if verdict.seconds else {}
    return HttpResponse(message, status=status, content_type="text/plain", headers=headers)
