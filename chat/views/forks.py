"""A new conversation that begins where another one has got to."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from chat import live
from chat.models.conversations import Refused

from .answers import go_to, refused
from .messages import message_of


@require_POST
def create(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    message = message_of(request, pk)
    try:
        fork = message.conversation.fork(message)
    except Refused as problem:
        return refused(request, str(problem), status=problem.status, back=message.conversation)
    live.conversation_started(fork)
    return go_to(request, fork)
