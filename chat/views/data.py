"""What a person may have deleted: all conversations, or everything."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth import authenticate, logout
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chat import live, turns
from chat.models import Conversation, Share, Turn
from chat.models.conversations import Refused, user_topic
from chat.models.leaving import close, remove
from chat.throttle import forgive

from .answers import go_to, refused

log = logging.getLogger("chat.audit")
AT_ONCE = 50
# How long replies may take to end before their rows go from under them.
STOP_SECONDS = 5


class GoodbyeForm(forms.Form):
    """The password is asked for again, and throttled as at the sign-in: the session may have been left open."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(*args)
        self.request = request

    def clean_password(self) -> str:
        user, password = self.request.user, self.cleaned_data["password"]
        if authenticate(self.request, username=user.get_username(), password=password) != user:
            raise ValidationError(_("This is not your password."))
        forgive(self.request, user)
        return str(password)


@require_http_methods(["GET", "POST"])
def conversations(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        mine = Conversation.objects.visible_to(request.user).count()
        return render(request, "chat/conversations_delete.html", {"conversations": mine})
    count = _delete_conversations(request.user)
    log.info("all conversations deleted: user=%s conversations=%d", request.user.pk, count)
    return go_to(request, "home")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = GoodbyeForm(request, request.POST or None)
    if not form.is_valid():
        return _ask(request, form)
    assert isinstance(request.user, User)
    # A record of its own: the request's own user is signed out below.
    user = User.objects.get(pk=request.user.pk)
    try:
        close(user)
    except Refused as problem:
        return refused(request, str(problem), status=problem.status, back="settings")
    number = user.pk
    logout(request)
    count = _delete_conversations(user)
    remove(user)
    live.forget_soon(user_topic(number))
    log.info("account deleted: user=%s conversations=%d", number, count)
    return render(request, "chat/account_deleted.html")


def _ask(request: HttpRequest, form: GoodbyeForm) -> HttpResponse:
    context = {
        "form": form,
        "conversations": Conversation.objects.visible_to(request.user).count(),
        "shares": Share.objects.visible_to(request.user).count(),
    }
    return render(request, "chat/account_delete.html", context, status=422 if form.is_bound else 200)


def _delete_conversations(user: Any) -> int:
    """In small steps, between which others can write."""
    _stop_replies(user)
    count = 0
    while some := list(Conversation.objects.visible_to(user)[:AT_ONCE]):
        for conversation in some:
            turns.forget(conversation)
        count += len(some)
    return count


def _stop_replies(user: Any) -> None:
    active = Turn.objects.active().visible_to(user)
    for turn in active.select_related("message"):
        turns.stop(turn)
    _wait_for(lambda: not active.all().exists())


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
