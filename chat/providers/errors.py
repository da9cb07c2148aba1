"""What went wrong at a model's server, as a `ProviderError`: one plain sentence, and a code."""

import html
import re
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson

from .base import ProviderError, gettext_noop
from .sse import dumps
from .text import clean

DETAIL_CHARS = 200

_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^<>]*>", re.DOTALL | re.IGNORECASE)
# Keys by the prefixes in use, whatever follows "Bearer", and any long word with a digit in it.
_SECRET = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|AIza|ghp)[-_]?[^\s\"',;]{4,}|(?<=Bearer )\S+|\b(?=[\w-]*\d)[\w-]{24,}\b",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient.?(quota|funds|balance|credit)|exceeded your current quota|credit balance", re.IGNORECASE
)
_KEY = re.compile(r"(invalid|incorrect|wrong|missing).{0,3}api.?key|authentication.?error", re.IGNORECASE)
_BUSY = re.compile(r"rate.?limit|throttl|too many requests|overloaded", re.IGNORECASE)
_FILTERED = re.compile(r"content management policy|content.?filter|ResponsibleAI", re.IGNORECASE)
_PASSING = re.compile(r"overloaded|unavailable|time.?out|server.?error|internal|try again", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"(invalid|unknown|no such|unsupported).{0,20}model|pinned to|"
    r"model.{0,80}(not.{0,3}(found|exist|available|supported)|does not exist)",
    re.IGNORECASE,
)
# What a conversation's settings send along, as servers name it when they will not have it.
_PARAMETER = re.compile(r"\b(temperature|top_p|max_tokens|max_completion_tokens)\b")
_SYSTEM = re.compile(
    r"system.{0,20}(role|message|prompt|instruction).{0,60}(not|un)\s?(supported|allowed|enabled|permitted)|"
    r"(not|un)\s?(support|allow).{0,40}system.{0,20}(role|message|prompt|instruction)",
    re.IGNORECASE,
)
_TOO_LONG_REPLY = gettext_noop(
    "The model does not accept this longest reply. Change it in the settings of this conversation."
)
_REFUSED_SETTINGS = {
    "temperature": gettext_noop(
        "The model does not accept this temperature. Change it in the settings of this conversation."
    ),
    "top_p": gettext_noop(
        "The model does not accept this top P. Change it in the settings of this conversation."
    ),
    "max_tokens": _TOO_LONG_REPLY,
    "max_completion_tokens": _TOO_LONG_REPLY,
}
_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|maximum context|too (long|large|many tokens)|"
    r"exceeds?.{0,40}(context|tokens)",
    re.IGNORECASE,
)


def from_status(status: int, headers: Mapping[str, str], body: bytes, key: str = "") -> ProviderError:
    """For an answer whose HTTP status says that it is none."""
    said = words(body)
    detail = redacted(f"HTTP {status}: {said}", key)
    if 300 <= status < 400:
        message = gettext_noop("The model server sent us to another address, and we do not follow.")
        return ProviderError(message, reason="redirect", detail=detail)
    return _from_words(status, said, detail, retry_after(headers))


def from_error(error: Any, key: str = "") -> ProviderError:
    """For an error that came as JSON, inside a stream or in place of one."""
    said = words(dumps({"error": error}).encode())
    code = str(error.get("code") or error.get("status")) if isinstance(error, dict) else ""
    status = int(code) if re.fullmatch("[45][0-9][0-9]", code) else 0
    return _from_words(status, f"{said} {_label(error)}".strip(), redacted(said, key), None)


def from_connection(error: BaseException) -> ProviderError:
    """For a request that no answer came to."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ProviderError):  # raised on the way, and wrapped by an SDK
            return cause
    detail = redacted(f"{type(causes[-1]).__name__}: {causes[-1]}")

    def came(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if came(aiohttp.ClientConnectorDNSError):
        message = gettext_noop("The model server's name cannot be found.")
        return ProviderError(message, reason="dns", retryable=True, detail=detail)
    if came(aiohttp.ClientSSLError, ssl.SSLError):
        message = gettext_noop(
            "The model server's certificate is not to be trusted, so nothing was sent to it."
        )
        return ProviderError(message, reason="tls", detail=detail)
    if came(aiohttp.ClientResponseError, aiohttp.InvalidURL):
        return not_llm(detail)
    if came(aiohttp.ServerDisconnectedError, ConnectionResetError):
        message = gettext_noop("The model server closed the connection without an answer.")
        return ProviderError(message, reason="upstream", retryable=True, detail=detail)
    message = gettext_noop("The model server cannot be reached.")
    return ProviderError(message, reason="unreachable", retryable=True, detail=detail)


def cut(detail: str = "") -> ProviderError:
    message = gettext_noop("The reply broke off before its end.")
    return ProviderError(message, reason="cut", cut=True, detail=redacted(detail))


def malformed(sample: bytes | str, key: str = "") -> ProviderError:
    text = sample[:2000].decode(errors="replace") if isinstance(sample, bytes) else sample
    return ProviderError(
        gettext_noop("The model server sent something that cannot be read."),
        reason="malformed",
        detail=redacted(text, key),
    )


def not_llm(sample: bytes | str = "") -> ProviderError:
    text = sample.decode(errors="replace") if isinstance(sample, bytes) else sample
    return ProviderError(
        gettext_noop("The address of this model answers, but not as a model server does."),
        reason="not_llm",
        detail=redacted(text),
    )


def empty() -> ProviderError:
    return ProviderError(gettext_noop("The model sent an empty reply."), reason="empty")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from either form of the header; None where it is missing or senseless."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None


def words(body: bytes) -> str:
    """What an error's body says, whatever its shape: JSON of several kinds, HTML, plain text."""
    try:
        said = _message(orjson.loads(body))
    except ValueError:
        said = body.decode(errors="replace")
    return " ".join(html.unescape(_MARKUP.sub(" ", clean(said))).split())


def redacted(text: str, key: str = "") -> str:
    """For the eyes of admins: without markup and secrets, and short."""
    text = " ".join(_MARKUP.sub(" ", clean(text[:5000])).split())
    if key:
        text = text.replace(key, "[redacted]")
    return _SECRET.sub("[redacted]", text)[:DETAIL_CHARS]


def _from_words(status: int, said: str, detail: str, wait: float | None) -> ProviderError:
    reason, message = _meaning(status, said)
    # An error without a status came in place of an answer that had begun; few of those pass by themselves.
    retryable = reason == "rate_limited" or (reason == "upstream" and bool(status or _PASSING.search(said)))
    return ProviderError(message, reason=reason, retryable=retryable, retry_after=wait, detail=detail)


def _meaning(status: int, said: str) -> tuple[str, str]:
    if status == 402 or (status in (0, 400, 403, 429) and _QUOTA.search(said)):
        return "quota", gettext_noop(
            "The account at the model's provider is used up. An administrator has to look at it."
        )
    if status in (401, 403) or (status in (0, 400) and _KEY.search(said)):
        return "auth", gettext_noop(
            "The model server does not accept our key. An administrator has to look at it."
        )
    if status in (429, 529) or (not status and _BUSY.search(said)):
        return "rate_limited", gettext_noop("The model server has too much to do.")
    if status >= 500 or status in (408, 409, 425):
        return "upstream", gettext_noop("The model server has a problem of its own.")
    if status in (0, 400) and _FILTERED.search(said):
        return "content_filter", gettext_noop("The model's server withheld this reply.")
    if status in (400, 422) and (sentence := _about_settings(said)):
        return "bad_request", sentence
    if status == 413 or _TOO_LONG.search(said):
        return "too_long", gettext_noop("This conversation is too long for the model. Start a new one.")
    if _NO_MODEL.search(said):
        return "no_model", gettext_noop("The model server does not offer this model. Choose another one.")
    if status == 404:
        return "no_model", gettext_noop(
            "This model is not to be found where it should be. Choose another one."
        )
    if not status:
        return "upstream", gettext_noop("The model server has a problem of its own.")
    return "bad_request", gettext_noop("The model server did not accept the request.")


def _about_settings(said: str) -> str:
    """Where the server names what the conversation's settings sent it. A context that is too small is none of them, though
    servers say in the same breath how many tokens were asked for."""
    if "context" in said.lower():
        return ""
    if _SYSTEM.search(said):
        return gettext_noop(
            "The model does not take a system prompt. Remove it in the settings of this conversation."
        )
    if found := _PARAMETER.search(said):
        return _REFUSED_SETTINGS[found[1]]
    return ""


def _message(value: Any) -> str:
    match value:
        case {"error": {"message": str(said)}} | {"error": str(said)}:
            return said
        case {"detail": str(said)} | {"message": str(said)}:
            return said
        case [dict() as first, *_]:
            return _message(first)
    return dumps(value)


def _label(error: Any) -> str:
    return f"{error.get('type') or ''} {error.get('code') or ''}" if isinstance(error, dict) else ""


def _causes(error: BaseException | None) -> Any:
    while error is not None:
        yield error
        error = error.__cause__
