"""Conversations from a file: ours, ChatGPT's and Open WebUI's."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from chat import live, uploads
from chat.forms import SettingsForm
from chat.imports import Arrived, NotTaken, read
from chat.models import Conversation
from chat.models.arrivals import take_in

from .answers import refused

log = logging.getLogger("chat.audit")
SHOWN = 100
AT_ONCE = 2
_under_way = BoundedSemaphore(AT_ONCE)

# Why a conversation stays outside, and why a file is not read any further.
REASONS = {
    "empty": _("It has no messages with text."),
    "many": _("It has more messages than can be taken at once."),
    "long": _("One of its messages is too long."),
    "large": _("It is too large."),
    "twice": _("Two of its messages have the same id."),
    "broken": _("It is not valid JSON."),
    "failed": _("It could not be stored. An administrator can find the reason in the log."),
    "unknown": _("It does not look like a conversation."),
    "not_json": _("This file is neither JSON nor a ZIP archive."),
    "nothing": _("This file is empty."),
    "cut": _("This file ends too early or is damaged. What came before that place was read."),
    "conversations": _(
        "This file holds more conversations than can be taken at once. The first ones were read."
    ),
    "zip_nothing": _("There is no conversations.json in this archive."),
    "zip_broken": _("This archive is damaged, or packed in a way that cannot be read."),
    "zip_locked": _("This archive is locked with a password."),
    "zip_bomb": _("This archive unpacks to far more than it should. It was not read."),
    "too_large": _("This file is too large."),
}
LEFT_OUT = {
    "system": _("instructions of the system"),
    "tool": _("calls and results of tools"),
    "thoughts": _("thoughts of the model"),
    "hidden": _("hidden messages"),
    "image": _("pictures"),
    "attachment": _("attachments"),
    "message": _("messages that are damaged"),
    "settings": _("settings that cannot be used here"),
    "part": _("parts that are no text"),
}


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        error_messages={"required": _("Choose a file first."), "empty": REASONS["nothing"]},
    )


@dataclass
class Report:
    """What became of a file."""

    taken: int = 0
    there: int = 0
    refused: int = 0
    titles: list[Conversation] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    problem: str = ""

    def refuse(self, reason: NotTaken) -> None:
        self.refused += 1
        if len(self.reasons) < SHOWN:
            self.reasons.append((reason.title, str(REASONS[reason.reason])))

    @property
    def kinds(self) -> list[tuple[str, int]]:
        return [(str(LEFT_OUT[kind]), count) for kind, count in self.left_out.most_common()]


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "GET":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    with _place() as is_free:
        if not is_free:
            return refused(
                request,
                gettext("Other imports are under way. Try again in a minute."),
                status=429,
                back="import",
                retry_after=60,
            )
        report = _take_in(request.user, form.cleaned_data["file"])
    log.info(
        "imported: user=%s taken=%d there=%d refused=%d",
        *(request.user.pk, report.taken, report.there, report.refused),
    )
    if report.titles:
        live.publish_to_user(request.user.pk, report.titles[0].pk)
    return _page(request, ImportForm(), report, status=200 if report.taken or report.there else 422)


def _take_in(user: Any, file: Any) -> Report:
    """Each conversation as soon as it is read, so that what comes later cannot undo it."""
    report = Report()
    if file.size > settings.IMPORT_MAX_BYTES:
        report.problem = str(REASONS["too_large"])
        return report
    try:
        for source, arrived in read(file):
            _take(user, source, arrived, report)
    except NotTaken as reason:
        report.problem = str(REASONS[reason.reason])
    return report


def _take(user: Any, source: str, arrived: Arrived | NotTaken, report: Report) -> None:
    if isinstance(arrived, NotTaken):
        report.refuse(arrived)
        return
    _check_settings(arrived)
    try:
        conversation = take_in(user, source, arrived)
    except DatabaseError:
        log.exception("a conversation could not be stored: user=%s", user.pk)
        report.refuse(NotTaken("failed", arrived.title))
        return
    if conversation is None:
        report.there += 1
        return
    report.taken += 1
    report.left_out += arrived.left_out
    if len(report.titles) < SHOWN:
        report.titles.append(conversation)


def _check_settings(arrived: Arrived) -> None:
    """A file may say anything of how its model is to be asked."""
    given = {name: value for name, value in arrived.settings.items() if isinstance(value, (str, int, float))}
    form = SettingsForm(given)
    arrived.settings = form.settings() if form.is_valid() else {}
    if given and not arrived.settings:
        arrived.left_out["settings"] += 1


@contextmanager
def _place() -> Iterator[bool]:
    """A large file takes time and memory: a few at once, whoever they are from."""
    is_free = _under_way.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _under_way.release()


def _page(
    request: HttpRequest, form: ImportForm, report: Report | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "report": report,
        "ticket": uploads.ticket(request.user.pk or 0),
        "max_bytes": settings.IMPORT_MAX_BYTES,
        "megabytes": settings.IMPORT_MAX_BYTES // 1024 // 1024,
    }
    return render(request, "chat/import.html", context, status=status)
