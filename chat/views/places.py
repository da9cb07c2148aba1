"""Where a conversation is kept: among the pinned, in the archive, in a folder. And the menu that offers these."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from chat import live
from chat.models import Conversation, Folder

from .answers import first_error, moved, refused
from .folders import NameField


class MoveForm(forms.Form):
    """Into the folder with this number, or of this name; into none, where neither is given."""

    folder = forms.ModelChoiceField(Folder.objects.none(), required=False)
    name = NameField(max_length=80, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        field = self.fields["folder"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Folder.objects.visible_to(user)

    def place(self) -> Folder | None:
        name: str = self.cleaned_data["name"]
        folder: Folder | None = self.cleaned_data["folder"]
        return Folder.objects.named(self._user, name) if name else folder


@require_GET
def menu(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What can be done with a conversation: for htmx the list, else a page with it."""
    conversation = _conversation(request, pk)
    template = "chat/_row_menu.html" if getattr(request, "htmx", False) else "chat/conversation_menu.html"
    return render(
        request,
        template,
        {"about": conversation, "folders": Folder.objects.visible_to(request.user)},
    )


@require_POST
def pin(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _put(request, pk, lambda conversation: conversation.pin(_is_on(request)))


@require_POST
def archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _put(request, pk, lambda conversation: conversation.archive(_is_on(request)))


@require_POST
def folder(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = MoveForm(request.POST, user=request.user)
    if not form.is_valid():
        conversation = _conversation(request, pk)
        return refused(request, first_error(form), status=422, back=conversation)
    return _put(request, pk, lambda conversation: conversation.move_to(form.place()))


def _put(request: HttpRequest, pk: uuid.UUID, verb: Callable[[Conversation], None]) -> HttpResponse:
    conversation = _conversation(request, pk)
    verb(conversation)
    live.publish_to_user(conversation.user_id, conversation.pk)
    return moved(request, conversation)


def _conversation(request: HttpRequest, pk: uuid.UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)


def _is_on(request: HttpRequest) -> bool:
    return request.POST.get("on") == "1"
