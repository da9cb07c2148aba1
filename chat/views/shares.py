"""Links to frozen copies: made and revoked by their owner, read by whoever has them."""

import logging
import uuid
from collections.abc import Iterable

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.exports.said import public_html
from chat.models import Conversation, Share
from chat.models.conversations import Refused

from .answers import first_error, go_to, refused

log = logging.getLogger("chat.audit")
DAYS = {"1": _("After 1 day"), "7": _("After 7 days"), "30": _("After 30 days"), "": _("Never")}
# Of the page that anybody may read: nobody is to find it by searching, or to learn its address from a link in it.
HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class ShareForm(forms.Form):
    days = forms.ChoiceField(label=_("The link expires"), choices=list(DAYS.items()), required=False)


@require_http_methods(["GET", "POST"])
def of_conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    conversation = get_object_or_404(Conversation.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        return create(request, conversation)
    shares = _with_links(request, conversation.shares.all())
    context = {"conversation": conversation, "shares": shares, "form": ShareForm(initial={"days": "7"})}
    return render(request, "chat/shares.html", context)


def create(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    here = reverse("conversation_shares", args=[conversation.pk])
    form = ShareForm(request.POST)
    if not form.is_valid():
        return refused(request, first_error(form), status=422, back=here)
    try:
        share = Share.objects.freeze(conversation, int(form.cleaned_data["days"] or 0) or None, public_html)
    except Refused as problem:
        return refused(request, str(problem), status=problem.status, back=here)
    log.info("shared: user=%s conversation=%s share=%s", request.user.pk, conversation.pk, share.pk)
    return go_to(request, here)


@require_GET
def collection(request: HttpRequest) -> HttpResponse:
    mine = Share.objects.visible_to(request.user).select_related("conversation")
    return render(request, "chat/shares.html", {"shares": _with_links(request, mine)})


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    share = get_object_or_404(Share.objects.visible_to(request.user), pk=pk)
    conversation = share.conversation_id
    log.info("share revoked: user=%s conversation=%s share=%s", request.user.pk, conversation, share.pk)
    share.delete()
    back = reverse("conversation_shares", args=[conversation])
    return go_to(request, back if "conversation" in request.POST else "shares")


@login_not_required
@require_GET
def detail(request: HttpRequest, token: str) -> HttpResponse:
    """The same for everybody, the owner included."""
    share = Share.objects.readable().filter(token=token).first()
    if share is None:
        return _unlisted(render(request, "chat/share_gone.html", status=404))
    return _unlisted(render(request, "chat/share.html", {"share": share, "messages": share.messages.all()}))


def _unlisted(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _with_links(request: HttpRequest, shares: Iterable[Share]) -> list[tuple[Share, str]]:
    return [(share, request.build_absolute_uri(reverse("shared", args=[share.token]))) for share in shares]
