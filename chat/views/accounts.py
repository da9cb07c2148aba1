"""Signing in and out. The in-place dialog of an open page uses the same views, by fetch with `HX-Request`."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat import turns
from chat.models import Conversation, Device
from chat.throttle import forgive

from .answers import first_error


class SignIn(auth.LoginView):
    """Signing in makes a new session key and a new CSRF token: a dialog gets the token with the answer."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if _in_place(self.request):
            return JsonResponse({"token": get_token(self.request), "user": form.get_user().pk})
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if _in_place(self.request):
            return HttpResponse(first_error(form), status=422, content_type="text/plain; charset=utf-8")
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class SignOut(auth.LogoutView):
    """By POST alone, so that no link or image signs anybody out. Temporary chats end with it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        mine = Conversation.objects.visible_to(request.user)
        answer = super().post(request, *args, **kwargs)
        # Afterwards: a page that hears of it leads away, and is to find nobody signed in there.
        turns.forget_temporary(mine)
        return answer


class NewPasswordForm(PasswordChangeForm):
    """The old password is throttled too, so that nobody can guess it in a session left open."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=old) != self.user:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        forgive(self.request, self.user)
        return old


class ChangePassword(auth.PasswordChangeView):
    """Every other session of the person ends: each holds a hash that is made from the password's."""

    form_class = NewPasswordForm
    success_url = reverse_lazy("home")
    template_name = "registration/password_change.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        mine = Device.objects.visible_to(self.request.user)
        mine.exclude(session_id=self.request.session.session_key or "").sign_out()
        return response

    def get_form(self, form_class: Any = None) -> Any:
        form: Any = super().get_form(form_class)
        form.request = self.request
        return form


@login_not_required
@never_cache
@require_GET
def token(request: HttpRequest) -> HttpResponse:
    """A CSRF token for a page that was open while another tab signed in."""
    return JsonResponse({"token": get_token(request)})


def _in_place(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
