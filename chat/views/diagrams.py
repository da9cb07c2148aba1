"""The page that draws diagrams, in a frame without an origin."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

# What is drawn comes from a model, by way of a large library. It can reach nothing: neither the page around it, nor the
# network, nor a cookie. Pictures are styled inside, so that inline styles are allowed in this one place.
POLICY = {
    "default-src": [NONE],
    "script-src": [NONCE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-scripts"],
}


@login_not_required
@require_safe
@xframe_options_sameorigin
@csp(POLICY)  # type: ignore[untyped-decorator]  # mypy skips the package, as pyproject.toml says
def page(request: HttpRequest) -> HttpResponse:
    """The same for everybody; the diagram's source comes to it as a message."""
    return render(request, "chat/diagram.html")
