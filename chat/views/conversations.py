import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import live, turns
from chat.forms import MessageForm, StartForm, TitleForm, WindowForm
from chat.models import Conversation
from chat.models.conversations import Refused
from chat.models.paths import shown_ids
from chat.models.windows import around
from chat.snapshots import Snapshot, snapshot

from .answers import first_error, go_to, moved, refused, refused_by
from .tools import chosen, offered


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    last = (
        Conversation.objects.visible_to(request.user).order_by("-updated").values_list("model_id", flat=True)
    )
    context = {"form": StartForm(user=request.user), "chosen_model": last.first()}
    return render(request, "chat/home.html", context | {"tools": offered(request.user, {})})


@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    return create(request) if request.method == "POST" else render(request, "chat/_sidebar_list.html")


def create(request: HttpRequest) -> HttpResponse:
    form = StartForm.posted(request)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, text=request.POST.get("text", ""))
    assert isinstance(request.user, User)
    data = form.cleaned_data
    kept = {"temporary": data["temporary"], "beside": data["beside"]}
    kept["settings"] = form.settings() | chosen(request, {})
    kept["attachments"] = data["attachments"]
    try:
        turn = Conversation.objects.start(request.user, data["text"], data["key"], data["model"], **kept)
    except Refused as problem:
        return refused_by(request, problem, text=data["text"])
    turns.start(turn)
    live.conversation_started(turn.message.conversation)
    return go_to(request, turn.message.conversation)


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The whole page, or, for htmx and the live element, the transcript alone."""
    conversation = get_object_or_404(
        Conversation.objects.visible_to(request.user).select_related("model"), pk=pk
    )
    window = WindowForm(request.GET)
    is_part = bool(getattr(request, "htmx", False))
    since = window.since
    if since and not is_part:
        # A link leads here. Where it leads into another branch, the end of this one is shown, and a way to that.
        path = shown_ids(conversation.pk, conversation.leaf_id)
        since = since if since in path else None
        if since and (later := around(path, since)):
            return redirect(f"{conversation.get_absolute_url()}?before={later}#m-{since}")
    shown = snapshot(conversation, before=window.earlier_than, since=since)
    if "again" in request.GET and shown.running is None:
        # The page that looked again by itself has seen the end.
        return redirect(conversation)
    template = "chat/_transcript.html" if is_part else "chat/conversation_detail.html"
    context = {
        "conversation": conversation,
        "cursor": shown.cursor,
        "path": shown.path,
        "running": shown.running,
        "earlier": shown.earlier,
        "is_past": bool(window.earlier_than),
        "elsewhere": _elsewhere(conversation, window.since, shown),
        "chosen_model": conversation.model_id,
        "temporary_minutes": max(1, round(settings.TEMPORARY_KEEP_SECONDS / 60)),
    }
    return render(
        request,
        template,
        context | {"form": MessageForm(initial={"model": conversation.model_id}, user=request.user)},
    )


def _elsewhere(conversation: Conversation, wanted: uuid.UUID | None, shown: Snapshot) -> uuid.UUID | None:
    """The message that a link led to, where it stands in a branch that is not shown."""
    if wanted is None or any(message.pk == wanted for message in shown.path):
        return None
    return conversation.messages.filter(pk=wanted).values_list("pk", flat=True).first()


@require_POST
def rename(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return refused(
            request, first_error(form), status=422, text=request.POST.get("title", ""), back=conversation
        )
    conversation.rename(form.cleaned_data["title"])
    live.conversation_changed(conversation)
    if getattr(request, "htmx", False):
        return render(request, "chat/_title.html", {"conversation": conversation})
    return go_to(request, conversation)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET asks for confirmation, for people without JavaScript."""
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return render(request, "chat/conversation_delete.html", {"conversation": conversation})
    shown = getattr(getattr(request, "htmx", None), "current_url_abs_path", None)
    is_elsewhere = shown is not None and shown != conversation.get_absolute_url()
    turns.forget(conversation)
    return moved(request, "home") if is_elsewhere else go_to(request, "home")
