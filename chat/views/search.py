from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat.models import SearchEntry


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """A page with what was found; for htmx what was found alone."""
    query = request.GET.get("q", "").replace("\x00", "").strip()
    results = SearchEntry.objects.search(request.user, query)
    template = "chat/_found.html" if getattr(request, "htmx", False) else "chat/search.html"
    return render(request, template, {"query": query, "found": results.found, "results": results})
