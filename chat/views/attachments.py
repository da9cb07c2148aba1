"""Files for the next question, and those of earlier ones for whoever gave them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import uploads
from chat.attachments import Taken, Unfit, take
from chat.attachments.types import name_of
from chat.exports.names import disposition
from chat.exports.names import name_of as file_name_of
from chat.forms import AttachmentsForm, UploadForm
from chat.models import Attachment, Conversation
from chat.models.conversations import Refused
from chat.models.files import discard

from .answers import first_error, go_to, refused

PIECE_BYTES = 64 * 1024
WHOLE_BYTES = 4 * 1024 * 1024
# Whatever is in a file, it is not of this site: it runs nothing, loads nothing and has no origin.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
# Fields of the message box that the page without JavaScript hands back to it as they are.
CARRIED = ("model", "beside", "temporary", "system", "temperature", "top_p", "max_tokens")


@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """GET shows those that wait to be sent and are asked for by `id`: by themselves for the message box, with the ticket for
    more of them; or on the page for whoever has no JavaScript."""
    if request.method == "POST":
        return create(request)
    if getattr(request, "htmx", False):
        chosen = _unsent(request, AttachmentsForm({"attachments": request.GET.getlist("id")}))
        context = {"attachments": chosen, "ticket": uploads.ticket(request.user.pk or 0)}
        return render(request, "chat/_attachments.html", context)
    return _page(request, [])


def create(request: HttpRequest) -> HttpResponse:
    is_script = getattr(request, "htmx", False)
    made, problem = None, ""
    if is_script or "file" in request.FILES:
        try:
            made = _stored(request)
        except (Unfit, Refused) as reason:
            problem = str(reason)
    if is_script and problem:
        return refused(request, problem, status=422)
    if is_script:
        return render(request, "chat/_attachment.html", {"attachment": made}, status=201)
    chosen = _unsent(request, AttachmentsForm(request.POST))
    return _page(request, [*chosen, *([made] if made and made not in chosen else [])], problem)


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    return served(request, get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk))


@require_GET
def thumb(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    mine = Attachment.objects.visible_to(request.user).filter(kind=Attachment.Kind.IMAGE)
    attachment = get_object_or_404(mine, pk=pk)
    if not_modified := _not_modified(request, attachment):
        return not_modified
    with _opened(attachment.open_thumb) as file:
        response = HttpResponse(file.read(), content_type="image/webp")
    return _guarded(response, attachment, "inline")


@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Of those that wait to be sent. What was sent goes with its message."""
    waiting = Attachment.objects.visible_to(request.user).unsent()
    discard(waiting.filter(pk=get_object_or_404(waiting, pk=pk).pk))
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return go_to(request, "attachments")


def served(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """The file, for somebody who may have it. Pictures, which we wrote ourselves, may be looked at in place."""
    if not_modified := _not_modified(request, attachment):
        return not_modified
    kind = attachment.media_type + ("; charset=utf-8" if attachment.media_type == "text/plain" else "")
    file = _opened(attachment.file.open)
    if attachment.size <= WHOLE_BYTES:
        with file:
            response: HttpResponseBase = HttpResponse(file.read(), content_type=kind)
    else:
        response = StreamingHttpResponse(_pieces(file), content_type=kind)
    stem, _dot, ending = attachment.name.rpartition(".")
    name = file_name_of(
        stem or attachment.name, EXTENSIONS.get(attachment.media_type) or ending[:10] or "txt"
    )
    download = disposition(name)
    is_picture = attachment.is_picture
    how = download.replace("attachment", "inline", 1) if is_picture else download
    return _guarded(response, attachment, how)


def _stored(request: HttpRequest) -> Attachment:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Unfit(first_error(form))
    file = form.cleaned_data["file"]
    if file.size > settings.ATTACHMENT_MAX_BYTES:
        raise Unfit(_("This file is too large: at most %(most)d MB.") % {"most": megabytes()})
    taken: Taken = take(file, file.name)
    return Attachment.objects.put(request.user, form.cleaned_data["key"], name_of(file.name), taken)


def _unsent(request: HttpRequest, form: AttachmentsForm) -> list[Attachment]:
    """In the order in which they are named."""
    ids = form.cleaned_data["attachments"] if form.is_valid() else []
    found = Attachment.objects.visible_to(request.user).unsent().defer("text").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _page(request: HttpRequest, chosen: list[Attachment], problem: str = "") -> HttpResponse:
    context = {
        "attachments": chosen,
        "problem": problem,
        "conversation": _conversation(request),
        "carried": {name: request.POST[name] for name in CARRIED if name in request.POST},
        "text": request.POST.get("text", ""),
        "ticket": uploads.ticket(request.user.pk or 0),
        "megabytes": megabytes(),
    }
    return render(request, "chat/attach.html", context, status=422 if problem else 200)


def _conversation(request: HttpRequest) -> Conversation | None:
    """In which the question is to be asked; none for a new chat."""
    try:
        wanted = uuid.UUID(request.POST.get("conversation", ""))
    except ValueError:
        return None
    return get_object_or_404(Conversation.objects.visible_to(request.user), pk=wanted)


def megabytes() -> int:
    return settings.ATTACHMENT_MAX_BYTES // 1024 // 1024


def _not_modified(request: HttpRequest, attachment: Attachment) -> HttpResponseBase | None:
    """A file never changes under its id."""
    answer = get_conditional_response(request, etag=_etag(attachment))
    return _guarded(answer, attachment, "inline") if answer else None


def _etag(attachment: Attachment) -> str:
    return f'"{attachment.pk.hex}"'


def _opened(open_file: Any) -> "File[bytes]":
    try:
        file: File[bytes] = open_file()
    except OSError as error:
        raise Http404 from error
    return file


def _guarded(response: HttpResponseBase, attachment: Attachment, how: str) -> HttpResponseBase:
    """The browser asks each time whether it may still show what it has; nobody in between keeps it."""
    response.headers["Content-Disposition"] = how
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = _etag(attachment)
    return response


async def _pieces(file: "File[bytes]") -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        await asyncio.to_thread(file.close)
