"""The keys of a person's programs."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from chat.forms import CleanTextField
from chat.models import ApiKey

from .answers import go_to

EXAMPLE = """curl %s \\
  -H "Authorization: Bearer %s" \\
  -H "Content-Type: application/json" \\
  -d '{"prompt": "Hello"}'"""


class KeyForm(forms.Form):
    name = CleanTextField(
        max_length=80, label=_("Name"), error_messages={"required": _("A key needs a name.")}
    )


@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest) -> HttpResponse:
    """The list. A new key is in the answer to its form, and nowhere else ever again."""
    form = KeyForm(request.POST or None)
    made = secret = None
    if form.is_valid():
        made, secret = ApiKey.issue(request.user, form.cleaned_data["name"])
        form = KeyForm()
    context = {
        "form": form,
        "keys": ApiKey.objects.visible_to(request.user),
        "made": made,
        "secret": secret,
        "example": EXAMPLE % (request.build_absolute_uri(reverse("api_complete")), secret),
    }
    return render(request, "chat/keys.html", context, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(ApiKey.objects.visible_to(request.user), pk=pk).delete()
    return go_to(request, "keys")
