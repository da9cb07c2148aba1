"""How one conversation asks its model."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from chat import live
from chat.forms import SettingsForm
from chat.models import Conversation, usage

from .answers import go_to
from .tools import chosen, offered


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    form = SettingsForm(request.POST or None, initial=conversation.settings)
    if form.is_valid():
        conversation.configure(form.settings() | chosen(request, conversation.settings))
        live.conversation_changed(conversation)
        return go_to(request, conversation)
    tools = offered(request.user, conversation.settings)
    figures = usage.of_conversation(conversation)
    context = {"conversation": conversation, "figures": figures, "form": form, "tools": tools}
    status = 422 if form.is_bound else 200
    return render(request, "chat/conversation_settings.html", context, status=status)
