"""The texts of the modules in one language, for `static/js/shell/words.js`."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

A_YEAR = 365 * 24 * 3600
catalogue = JavaScriptCatalog.as_view(packages=["chat"])


@login_not_required
@require_safe
@cache_control(public=True, immutable=True, max_age=A_YEAR)
def words(request: HttpRequest, language: str, version: str) -> HttpResponseBase:
    """`version` is there for the browser's cache: new words have a new address."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return catalogue(request)
