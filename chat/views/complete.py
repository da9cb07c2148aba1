"""Whole answers for programs, which sign in with a key. Cookies are not looked at, so no page can ask in somebody's name."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from chat import rates
from chat.models import ApiKey, Model
from chat.oneshot.request import Refused
from chat.oneshot.serving import serve
from chat.throttle import address_of
from chat.turns.database import in_database


@csrf_exempt
@login_not_required
@require_POST
async def complete(request: HttpRequest) -> JsonResponse:
    """Asynchronous to the end: a slow model holds no thread. When the client hangs up, the question ends with it."""
    try:
        key = await in_database(_key, request)
        return JsonResponse(await serve(key.user, request.body))
    except Refused as refusal:
        return _refusal(refusal)


@csrf_exempt
@login_not_required
@require_GET
async def models(request: HttpRequest) -> JsonResponse:
    """The names that `model` may have, the default first."""
    try:
        key = await in_database(_key, request)
    except Refused as refusal:
        return _refusal(refusal)
    usable = await in_database(lambda: list(Model.objects.usable(key.user)))
    rows = [{"name": each.name, "provider": each.provider.name, "label": str(each)} for each in usable]
    return JsonResponse({"models": rows})


def _key(request: HttpRequest) -> ApiKey:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    key = ApiKey.objects.holding(secret.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        _refuse_too_often("ANONYMOUS_PER_MINUTE", address_of(request))
        raise Refused(401, "no_key", "Send `Authorization: Bearer` with a key that is not revoked.")
    _refuse_too_often("API_PER_MINUTE", key.user_id)
    return key


def _refuse_too_often(kind: str, who: str | int | None) -> None:
    if seconds := rates.wait_of(kind, who):
        raise Refused(429, "too_often", f"Ask again in {seconds} s.", retry_after=seconds)


def _refusal(refused: Refused) -> JsonResponse:
    error = {"reason": refused.reason, "message": refused.message}
    response = JsonResponse({"error": error}, status=refused.status)
    if refused.retry_after:
        response["Retry-After"] = str(max(1, round(refused.retry_after)))
    if refused.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
