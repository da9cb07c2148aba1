"""How a command answers: to a form, to htmx, and when it is refused."""

from typing import Any
from urllib.parse import urlencode

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from chat.models.refusals import Refused


def go_to(request: HttpRequest, where: Any) -> HttpResponse:
    """Another page, by either kind of request."""
    url = resolve_url(where)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return HttpResponse(status=303, headers={"Location": url})


def done(request: HttpRequest, where: Any) -> HttpResponse:
    """The command is carried out: a form goes back to its page, htmx is told that the transcript has changed."""
    if getattr(request, "htmx", False):
        return trigger_client_event(HttpResponse(status=204), "rivulet:changed", {})
    return go_to(request, where)


def moved(request: HttpRequest, where: Any) -> HttpResponse:
    """As `done`, of something that the sidebar shows and the transcript does not."""
    if getattr(request, "htmx", False):
        return trigger_client_event(HttpResponse(status=204), "rivulet:sidebar", {})
    return go_to(request, where)


def refused(
    request: HttpRequest,
    message: str,
    *,
    status: int,
    hint: str = "",
    text: str = "",
    back: Any = "home",
    incident: str = "",
    retry_after: int = 0,
) -> HttpResponse:
    """One plain sentence, with the text that was sent still in hand. `back` is the page to try again from; `incident` the id
    by which the log knows what went wrong; `retry_after` the seconds to wait, where waiting helps."""
    template = "chat/_problem.html" if getattr(request, "htmx", False) else "chat/problem.html"
    context = {"message": message, "hint": hint, "text": text, "back": resolve_url(back), "status": status}
    context["incident"] = incident
    response = render(request, template, context, status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def refused_by(request: HttpRequest, problem: Refused, *, text: str = "", back: Any = "home") -> HttpResponse:
    """What a verb of a model said no to."""
    return refused(
        request,
        str(problem),
        status=problem.status,
        text=text,
        back=back,
        retry_after=problem.retry_after,
    )


def first_error(form: Form) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def sign_in_url(request: HttpRequest) -> str:
    return f"{resolve_url('login')}?{urlencode({'next': request.get_full_path()})}"
