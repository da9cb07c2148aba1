from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from chat.telemetry import metrics as figures
from chat.telemetry.readers import may_read


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of this process, for Prometheus. Whoever may not read them finds nothing here."""
    if not may_read(request.META.get("REMOTE_ADDR", ""), request.headers):
        raise Http404
    return HttpResponse(figures.text(), content_type=figures.CONTENT_TYPE)
