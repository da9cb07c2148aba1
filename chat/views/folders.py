from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import live
from chat.forms import CleanTextField
from chat.models import Folder
from chat.models.folders import NameTaken

from .answers import first_error, go_to, moved, refused


class NameField(CleanTextField):
    """One line, of what is seen."""

    default_error_messages = {"required": _("A folder needs a name.")}

    def to_python(self, value: object) -> str:
        return " ".join(super().to_python(value).split())


class FolderForm(forms.Form):
    name = NameField(max_length=80)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form = FolderForm(request.POST)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back="manage")
    folder = Folder.objects.named(request.user, form.cleaned_data["name"])
    live.sidebar_changed(folder.user_id)
    return moved(request, _page(folder))


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    folder = get_object_or_404(Folder.objects.visible_to(request.user), pk=pk)
    form = FolderForm(request.POST)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=_page(folder))
    try:
        folder.rename(form.cleaned_data["name"])
    except NameTaken as problem:
        return refused(request, str(problem), status=409, back=_page(folder))
    live.sidebar_changed(folder.user_id)
    return moved(request, _page(folder))


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Its conversations stay. GET asks for confirmation."""
    folder = get_object_or_404(Folder.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        count = folder.conversations.count()
        return render(request, "chat/folder_delete.html", {"folder": folder, "count": count})
    folder.delete()
    live.sidebar_changed(folder.user_id)
    return go_to(request, "manage")


def _page(folder: Folder) -> str:
    return f"{resolve_url('manage')}?folder={folder.pk}"
