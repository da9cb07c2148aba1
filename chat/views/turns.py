import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from chat import live, turns
from chat.forms import KeyedForm
from chat.models import Turn
from chat.models.conversations import Refused

from .answers import done, first_error, refused, refused_by


@require_POST
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Asking for the end of a turn that has ended is no error: the person wanted it over, and it is."""
    turn = _turn(request, pk)
    turns.stop(turn)
    return done(request, turn.message.conversation)


@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A new answer to the same question: regenerate, or try again after a failure."""
    turn = _turn(request, pk)
    conversation = turn.message.conversation
    return _again(request, turn, lambda data: conversation.answer_again(turn, data["key"], data["model"]))


@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    turn = _turn(request, pk)
    return _again(request, turn, lambda data: turn.message.conversation.answer_on(turn, data["key"]))


def _again(request: HttpRequest, turn: Turn, make: Callable[[dict[str, Any]], Turn]) -> HttpResponse:
    conversation = turn.message.conversation
    form = KeyedForm.posted(request)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=conversation)
    assert isinstance(request.user, User)
    try:
        made = make(form.cleaned_data)
    except Refused as problem:
        return refused_by(request, problem, back=conversation)
    turns.start(made)
    live.message_changed(made.message)
    return done(request, conversation)


def _turn(request: HttpRequest, pk: uuid.UUID) -> Turn:
    mine = Turn.objects.visible_to(request.user).wordless()
    related = mine.select_related("message__conversation", "message__parent", "model")
    return get_object_or_404(related, pk=pk)
