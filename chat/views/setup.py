"""The door of the one-time link that makes the first administrator."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chat.models import SetupLink


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def create_administrator(request: HttpRequest, token: str) -> HttpResponse:
    link = SetupLink.find(token)
    if link is None:
        raise Http404
    form: UserCreationForm[User] = UserCreationForm(
        request.POST or None
    )  # It is the link that saves, not the form.
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "registration/setup.html", {"form": form}, status=status)
    administrator = link.redeem(form.cleaned_data["username"], form.cleaned_data["password1"])
    if administrator is None:
        raise Http404
    login(request, administrator, backend="chat.accounts.Accounts")
    return redirect("home")
