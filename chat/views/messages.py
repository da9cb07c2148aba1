import uuid

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from chat import live, turns
from chat.forms import MessageForm
from chat.models import Conversation, Message
from chat.models.conversations import Refused

from .answers import done, first_error, refused


@require_POST
def create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = MessageForm(request.POST)
    if not form.is_valid():
        text = request.POST.get("text", "")
        return refused(request, first_error(form), status=422, text=text, back=conversation)
    assert isinstance(request.user, User)
    data = form.cleaned_data
    try:
        turn = conversation.ask(data["text"], data["key"], data["model"])
    except Refused as problem:
        return refused(request, str(problem), status=problem.status, text=data["text"], back=conversation)
    turns.start(turn)
    live.message_changed(turn.message)
    return done(request, conversation)


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One message as it stands in the transcript."""
    mine = Message.objects.visible_to(request.user).select_related("turn", "conversation")
    message = get_object_or_404(mine, pk=pk)
    shown = live.snapshot(message.conversation, only=message)
    return render(request, "chat/_message.html", {"message": shown.path[0], "cursor": shown.cursor})
