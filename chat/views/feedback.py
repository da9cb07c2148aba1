"""What somebody thinks of a reply."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from chat import live
from chat.forms import FeedbackForm
from chat.models import Feedback, Message

from .answers import done, first_error, refused
from .messages import address_of


@require_POST
def update(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    replies = Message.objects.visible_to(request.user).filter(role=Message.Role.ASSISTANT)
    message = get_object_or_404(replies.select_related("conversation"), pk=pk)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        text = request.POST.get("comment", "")
        return refused(request, first_error(form), status=422, text=text, back=message.conversation)
    Feedback.objects.give(message, form.cleaned_data["value"], form.comment_given())
    live.message_changed(message)
    return done(request, address_of(message))
