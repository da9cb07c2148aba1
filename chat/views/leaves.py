"""Which branch of a conversation is shown."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from chat import live
from chat.forms import LeafForm
from chat.models import Conversation

from .answers import done, first_error, refused
from .messages import address_of


@require_POST
def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = LeafForm(request.POST)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=conversation)
    chosen = conversation.messages.select_related("turn")
    message = get_object_or_404(chosen, pk=form.cleaned_data["message"])
    conversation.choose(message)
    live.conversation_changed(conversation)
    return done(request, address_of(message))
