"""Many conversations at once: look for them, choose, and delete, archive or move what is chosen."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from chat import live, turns
from chat.models import Conversation, Folder
from chat.models.conversations import ConversationQuerySet

from .answers import first_error, go_to, refused

PAGE = 100


class SelectionForm(forms.Form):
    """`sure` says that the person was asked and wants it."""

    action = forms.ChoiceField(choices=[(name, name) for name in ("delete", "archive", "restore", "move")])
    conversation = forms.ModelMultipleChoiceField(
        Conversation.objects.none(), error_messages={"required": _("Choose at least one conversation.")}
    )
    folder = forms.ModelChoiceField(Folder.objects.none(), required=False)
    sure = forms.BooleanField(required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("conversation", Conversation), ("folder", Folder)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = model.objects.visible_to(user)


@require_GET
def manage(request: HttpRequest) -> HttpResponse:
    folder = _folder(request)
    conversations = _asked_for(request, folder)
    page = Paginator(conversations, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "folder": folder,
        "folders": Folder.objects.visible_to(request.user),
        "is_archive": _is_archive(request),
        "query": request.GET.get("q", ""),
    }
    return render(request, "chat/manage.html", context)


@require_POST
def selection(request: HttpRequest) -> HttpResponse:
    """What is done with those that were chosen. Deleting is asked about first, with their number."""
    form = SelectionForm(request.POST, user=request.user)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back="manage")
    chosen: ConversationQuerySet = form.cleaned_data["conversation"]
    match form.cleaned_data["action"]:
        case "delete" if not form.cleaned_data["sure"]:
            return render(request, "chat/selection_delete.html", {"chosen": chosen, "back": _back(request)})
        case "delete":
            for conversation in chosen:
                turns.forget(conversation)
        case "move":
            chosen.update(folder=form.cleaned_data["folder"])
        case action:
            chosen.update(archived=action == "archive")
    assert request.user.pk
    live.sidebar_changed(request.user.pk)
    return go_to(request, _back(request))


def _asked_for(request: HttpRequest, folder: Folder | None) -> ConversationQuerySet:
    mine = Conversation.objects.visible_to(request.user).filter(temporary=False).select_related("folder")
    found = mine.filter(archived=_is_archive(request)).order_by("-updated")
    if folder:
        found = found.filter(folder=folder)
    for word in request.GET.get("q", "").replace("\x00", "").split()[:10]:
        found = found.filter(title__icontains=word)
    return found


def _folder(request: HttpRequest) -> Folder | None:
    asked = request.GET.get("folder", "")
    if not asked:
        return None
    return get_object_or_404(Folder.objects.visible_to(request.user), pk=asked if _is_number(asked) else 0)


def _is_archive(request: HttpRequest) -> bool:
    return request.GET.get("archived") == "1"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _back(request: HttpRequest) -> Any:
    """The same list again, by its query alone: not an address that a form could name."""
    query = request.POST.get("list", "").lstrip("?&/")
    return f"{resolve_url('manage')}?{query}" if query else "manage"
