import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import live, turns
from chat.forms import KeyedForm, MessageForm
from chat.models import Conversation, Message, Turn
from chat.models.branches import is_all_there_is
from chat.models.conversations import Refused
from chat.snapshots import snapshot

from .answers import done, first_error, go_to, refused, refused_by


@require_POST
def create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = MessageForm.posted(request)
    if not form.is_valid():
        text = request.POST.get("text", "")
        return refused(request, first_error(form), status=422, text=text, back=conversation)
    data = form.cleaned_data
    return _asked(
        request,
        conversation,
        lambda: conversation.ask(
            data["text"], data["key"], data["model"], data["beside"], data["attachments"]
        ),
        data["text"],
    )


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One message as it stands in the transcript."""
    message = message_of(request, pk)
    shown = snapshot(message.conversation, only=message)
    return render(request, "chat/_message.html", {"message": shown.path[0], "at": shown.cursor})


@require_GET
def source(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The text as it was written: markdown."""
    return HttpResponse(message_of(request, pk).text, content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET shows the form, by itself for the page that edits in place."""
    message = message_of(request, pk)
    if request.method == "GET":
        template = "chat/_edit.html" if getattr(request, "htmx", False) else "chat/message_edit.html"
        return render(request, template, {"message": message})
    form = MessageForm.posted(request)
    if not form.is_valid():
        text = request.POST.get("text", "")
        return refused(request, first_error(form), status=422, text=text, back=message.conversation)
    data = form.cleaned_data
    return _asked(
        request,
        message.conversation,
        lambda: message.conversation.edit(
            message, data["text"], data["key"], data["model"], data["attachments"]
        ),
        data["text"],
    )


@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A reply to a question whose own was deleted."""
    message = message_of(request, pk)
    form = KeyedForm.posted(request)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=message.conversation)
    data = form.cleaned_data
    conversation = message.conversation
    return _asked(request, conversation, lambda: conversation.answer(message, data["key"], data["model"]))


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET asks for confirmation."""
    message = message_of(request, pk)
    conversation, is_all = message.conversation, is_all_there_is(message)
    if request.method == "GET":
        template = (
            "chat/_message_delete.html" if getattr(request, "htmx", False) else "chat/message_delete.html"
        )
        return render(request, template, {"message": message, "is_all": is_all})
    if is_all:
        turns.forget(conversation)
        return go_to(request, "home")
    turns.stop_below(message)
    conversation.prune(message)
    live.conversation_changed(conversation)
    return done(request, conversation)


def message_of(request: HttpRequest, pk: uuid.UUID) -> Message:
    mine = Message.objects.visible_to(request.user).select_related("turn", "conversation", "parent")
    return get_object_or_404(mine, pk=pk)


def address_of(message: Message) -> str:
    """Where a page without JavaScript goes back to."""
    return f"{message.conversation.get_absolute_url()}#m-{message.pk}"


def _asked(
    request: HttpRequest, conversation: Conversation, ask: Callable[[], Turn], text: str = ""
) -> HttpResponse:
    try:
        turn = ask()
    except Refused as problem:
        return refused_by(request, problem, text=text, back=conversation)
    turns.start(turn)
    live.message_changed(turn.message)
    return done(request, address_of(turn.message.parent or turn.message))
