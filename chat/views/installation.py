"""What lets a browser install the chat as an app, and say so when the network is gone."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

ICONS = (("any", 192), ("any", 512), ("maskable", 512))
# What the page for a lost network is made of. Nothing that anybody has said is ever among it.
OFFLINE = (
    *("css/tokens.css", "css/base.css", "css/button.css", "css/form.css"),
    *("js/shell/early.js", "js/pages/offline.js", "icons/rivulet.svg"),
)


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    home = reverse("home")
    content = {
        "id": home,
        "name": "Rivulet",
        "short_name": "Rivulet",
        "description": _("A chat for language models."),
        "lang": getattr(request, "LANGUAGE_CODE", "en"),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#fbfdfd",
        "theme_color": "#fbfdfd",
        "icons": [_icon(purpose, size) for purpose, size in ICONS],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _icon(purpose: str, size: int) -> dict[str, str]:
    source = static(f"icons/{purpose}-{size}.png")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Its bytes change with the names of what it keeps, which is when browsers fetch it all anew."""
    context = {"offline": reverse("offline"), "places": [static(name) for name in OFFLINE]}
    return render(request, "chat/service_worker.js", context, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker, which asks for it as nobody."""
    return render(request, "chat/offline.html")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """What a browser asks for beside an answer that names no icon, such as a file that it shows."""
    return redirect(static("icons/rivulet.svg"))
