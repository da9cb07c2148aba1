from collections.abc import Callable

from asgiref.sync import async_to_sync
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from chat.journal import journal
from chat.lending import lend


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database and the journal answer."""
    checks = {"database": _works(_ask_database), "journal": _works(_ask_journal)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _works(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM chat_turn LIMIT 1")


def _ask_journal() -> None:
    lend()
    async_to_sync(journal().position)("health")
