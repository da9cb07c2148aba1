"""Conversations as files. What is long is sent while it is made, no faster than it is read."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from chat.exports import archive, html, markdown, rivulet
from chat.exports.names import disposition, name_of
from chat.models import Conversation

log = logging.getLogger("chat.audit")
PIECE_BYTES = 64 * 1024
AT_ONCE = 100
TYPES = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "zip": "application/zip",
}
EXTENSIONS = {"json": "json", "markdown": "md", "html": "html", "zip": "zip"}
# Away from the threads of requests and replies: an export may take minutes.
_threads = ThreadPoolExecutor(2, thread_name_prefix="exports")


@require_GET
def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    found = _find(request, pk)
    form = request.GET.get("format", "json")
    if form == "json":
        pieces = rivulet.document([found])
    elif form == "markdown":
        pieces = markdown.document(found)
    elif form == "html":
        pieces = html.document(found)
    else:
        raise Http404
    log.info("exported: user=%s conversation=%s format=%s", request.user.pk, found.pk, form)
    return _download(pieces, found.title, form)


@require_GET
def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """To print: the same page that can be downloaded, as a page of this site."""
    pieces = html.document(_find(request, pk), request)
    return StreamingHttpResponse(_in_threads(pieces), content_type=TYPES["html"])


@require_GET
def everything(request: HttpRequest) -> HttpResponseBase:
    form = request.GET.get("format", "json")
    mine = Conversation.objects.visible_to(request.user).filter(temporary=False).order_by("created", "pk")
    ids = list(mine.values_list("pk", flat=True))
    if form == "json":
        pieces, kind = rivulet.document(_each(ids)), "json"
    elif form == "markdown":
        pieces, kind = archive.of_markdown(_each(ids)), "zip"
    else:
        raise Http404
    log.info("exported: user=%s conversations=%d format=%s", request.user.pk, len(ids), form)
    title = f"{gettext('Conversations')} {timezone.localdate()}"
    return _download(pieces, title, kind)


def _find(request: HttpRequest, pk: uuid.UUID) -> Conversation:
    mine = Conversation.objects.visible_to(request.user).select_related("folder")
    return get_object_or_404(mine, pk=pk)


def _each(ids: list[uuid.UUID]) -> Iterator[Conversation]:
    """One at a time; what is deleted meanwhile is not in it."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = Conversation.objects.select_related("folder").in_bulk(some)
        yield from (found[pk] for pk in some if pk in found)


def _download(pieces: Iterator[bytes], title: str, form: str) -> HttpResponseBase:
    headers = {
        "Content-Disposition": disposition(name_of(title, EXTENSIONS[form])),
        "X-Accel-Buffering": "no",
        "Cache-Control": "no-store, no-transform",
    }
    return StreamingHttpResponse(_in_threads(pieces), content_type=TYPES[form], headers=headers)


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each made in a thread when it is wanted, in portions that a slow client can take in time."""
    loop, language = asyncio.get_running_loop(), translation.get_language()
    while made := await loop.run_in_executor(_threads, _portion, pieces, language):
        for start in range(0, len(made), PIECE_BYTES):
            yield made[start : start + PIECE_BYTES]


def _portion(pieces: Iterator[bytes], language: str | None) -> bytes:
    portion: list[bytes] = []
    size = 0
    try:
        with translation.override(language):
            for piece in pieces:
                portion.append(piece)
                size += len(piece)
                if size >= PIECE_BYTES:
                    break
    finally:
        close_old_connections()
    return b"".join(portion)
