"""How somebody wants the chat to look and behave."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from chat.models import Device, Preferences, usage

from .answers import go_to, refused


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser asks")), *settings.LANGUAGES]
    )

    class Meta:
        model = Preferences
        fields = ("theme", "language", "density", "send_key", "notifications")
        labels = {
            "theme": _("Theme"),
            "density": _("Density"),
            "send_key": _("Send with"),
            "notifications": _("Tell me when a reply has ended while I look elsewhere"),
        }
        widgets = {"theme": forms.RadioSelect, "density": forms.RadioSelect, "send_key": forms.RadioSelect}


class ThemeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Preferences
        fields = ("theme",)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=Preferences.of(request.user))
    if form.is_valid():
        chosen = form.save()
        with translation.override(chosen.language or translation.get_language()):
            messages.success(request, gettext("Saved."))
        return go_to(request, "settings")
    context = {
        "form": form,
        "devices": Device.objects.visible_to(request.user),
        "this_session": request.session.session_key,
        "usage": usage.month_of(request.user, request.GET.get("month", "")),
    }
    return render(request, "chat/settings.html", context, status=422 if form.is_bound else 200)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The switch in the account's menu, which is for the theme alone."""
    form = ThemeForm(request.POST, instance=Preferences.of(request.user))
    if not form.is_valid():
        return refused(request, gettext("There is no such theme."), status=422, back="settings")
    form.save()
    return go_to(request, "settings") if not request.headers.get("HX-Request") else HttpResponse(status=204)
