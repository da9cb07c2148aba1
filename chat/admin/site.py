"""The admin site: the chat's own sign-in in front, and a policy that Django's scripts can work under."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

# Django's admin loads scripts by tags without nonces, and its jQuery writes markup: docs/decisions/020.
POLICY = {"script-src": [SELF], "require-trusted-types-for": None, "trusted-types": None}


class AdminSite(admin.AdminSite):
    site_header = site_title = "Rivulet"
    index_title = "Administration"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_replace(POLICY)(super().admin_view(view, cacheable))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One sign-in form for the whole site, and one throttle."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            target = reverse("admin:index")
        if self.has_permission(request):
            return redirect(target)
        return redirect(f"{resolve_url('login')}?{urlencode({REDIRECT_FIELD_NAME: target})}")
