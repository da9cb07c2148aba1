"""Whether a call that a model wants to make may be made."""

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import turns
from chat.models.tools import ToolUse

from .answers import done, first_error, refused
from .messages import address_of

OVER = _("This is decided already: the call was allowed or denied before, or its reply has ended.")


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[(name, name) for name in ("allow", "always", "deny")],
        error_messages={"required": _("Allow it or deny it?"), "invalid_choice": _("Allow it or deny it?")},
    )


@require_POST
def update(request: HttpRequest, pk: uuid.UUID, use: int) -> HttpResponse:
    """A call is named by its row: the name that its model gave it may be anything."""
    mine = ToolUse.objects.visible_to(request.user).select_related("turn__message__conversation", "tool")
    asked = get_object_or_404(mine, pk=use, turn=pk)
    message = asked.turn.message
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=message.conversation)
    decision = form.cleaned_data["decision"]
    if not turns.decide(asked, decision != "deny", remember=decision == "always"):
        return refused(request, str(OVER), status=409, back=message.conversation)
    return done(request, address_of(message))
