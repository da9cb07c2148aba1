"""Saved prompts: a list, a page for each, and the choices behind the slash in the message box."""

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from chat.forms import SavedPromptForm
from chat.models import SavedPrompt

from .answers import go_to


@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """The list; for the message box, as choices."""
    if request.method == "POST":
        return _save(request, _mine(request))
    template = "chat/_prompt_choices.html" if getattr(request, "htmx", False) else "chat/prompts.html"
    return render(request, template, {"prompts": SavedPrompt.objects.visible_to(request.user)})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty form, or one with the text that the message box sends along. Nothing is saved yet."""
    form = SavedPromptForm(initial={"text": request.POST.get("text", "")}, instance=_mine(request))
    return render(request, "chat/prompt.html", {"form": form})


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    prompt = get_object_or_404(SavedPrompt.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        return _save(request, prompt)
    return render(request, "chat/prompt.html", {"form": SavedPromptForm(instance=prompt), "prompt": prompt})


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for confirmation."""
    prompt = get_object_or_404(SavedPrompt.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return render(request, "chat/prompt_delete.html", {"prompt": prompt})
    prompt.delete()
    return go_to(request, "prompts")


def _mine(request: HttpRequest) -> SavedPrompt:
    assert isinstance(request.user, User)
    return SavedPrompt(user=request.user)


def _save(request: HttpRequest, prompt: SavedPrompt) -> HttpResponse:
    form = SavedPromptForm(request.POST, instance=prompt)
    if form.is_valid():
        form.save()
        return go_to(request, "prompts")
    context = {"form": form, "prompt": prompt if prompt.pk else None}
    return render(request, "chat/prompt.html", context, status=422)
