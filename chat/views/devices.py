"""Signing out other browsers than this one."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from chat.models import Device

from .answers import go_to


@require_POST
def end(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    device = get_object_or_404(Device.objects.visible_to(request.user), pk=pk)
    Device.objects.filter(pk=device.pk).sign_out()
    return go_to(request, "settings")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    mine = Device.objects.visible_to(request.user)
    mine.exclude(session_id=request.session.session_key or "").sign_out()
    return go_to(request, "settings")
