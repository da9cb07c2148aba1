"""Through the public address: whether requests arrive as they were sent, and how large they may be."""

import asyncio
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from django.conf import settings
from django.urls import reverse

from chat import uploads
from chat.probes import Pace, ticket

from . import advice
from .findings import Finding, failed, ok, warning

ANSWER_SECONDS = 10.0
# How long a proxy may take to refuse a body that is announced.
REFUSE_SECONDS = 2.0
HEADERS_BYTES = 64 * 1024
AT_ONCE = Pace(1, 0)


class Site:
    """The installation as it is seen from outside. `url` has no slash at its end."""

    def __init__(self, url: str, web: aiohttp.ClientSession) -> None:
        self.url = url
        self.web = web
        self.parts = urlsplit(url)

    def address(self, route: str, pace: Pace, **names: object) -> str:
        return f"{self.url}{reverse(route, kwargs=names)}?ticket={ticket(pace)}"

    async def get(self, address: str, **options: Any) -> tuple[int, bytes, SimpleCookie]:
        return await self._ask("GET", address, **options)

    async def post(self, address: str, **options: Any) -> tuple[int, bytes, SimpleCookie]:
        return await self._ask("POST", address, **options)

    async def _ask(self, method: str, address: str, **options: Any) -> tuple[int, bytes, SimpleCookie]:
        seconds = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with self.web.request(
            method, address, allow_redirects=False, timeout=seconds, **options
        ) as answer:
            return answer.status, await answer.read(), answer.cookies


class Unreached(Exception):
    """There is no use in asking further."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


async def reached(site: Site) -> list[Finding]:
    """Whether it is there at all, and what it makes of a request."""
    about = "address"
    try:
        status, body, _ = await site.get(site.address("probe", AT_ONCE))
    except aiohttp.ClientConnectorCertificateError:
        raise Unreached(failed(about, f"{site.url} shows a certificate that is not trusted.")) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        text = f"{site.url} does not answer: {type(error).__name__}."
        mend = "Does the name lead here? Does the proxy run? Is the port open?"
        raise Unreached(failed(about, text, mend)) from error
    if status == 200:
        try:
            return _as_seen(site, json.loads(body))
        except ValueError:
            status = 0
    raise Unreached(failed(about, *_refusal(site, status)))


def _refusal(site: Site, status: int) -> tuple[str, ...]:
    if status in (301, 302, 307, 308):
        text = (
            f"{site.url} sends every request elsewhere, which goes round in circles where a proxy ends TLS."
        )
        return text, *advice.SCHEME
    if status == 400:
        text = f"Rivulet does not know itself by the name {site.parts.hostname}, or by the one that the proxy gives it."
        return text, f"ALLOWED_HOSTS={site.parts.hostname}", *advice.HOST
    if status in (502, 503, 504):
        return (
            f"The proxy answers {status}: it does not reach Rivulet.",
            "Does Rivulet run where the proxy looks?",
        )
    if status == 404:
        return (
            "Another installation answers, or one with another SECRET_KEY.",
            "Run the doctor with the environment of the installation; have the proxy pass all paths.",
        )
    return (f"It answers {status} where 200 was to come." if status else "Something else answers there.",)


def _as_seen(site: Site, seen: dict[str, Any]) -> list[Finding]:
    trusted = f"{site.parts.scheme}://{site.parts.netloc}" in settings.CSRF_TRUSTED_ORIGINS
    found = []
    if seen["scheme"] != site.parts.scheme:
        text = f"Asked by {site.parts.scheme}, Rivulet sees {seen['scheme']}."
        hint = "" if settings.HTTPS else f"CSRF_TRUSTED_ORIGINS={site.url}"
        found.append(failed("address", text, *([hint] if hint else []), *advice.SCHEME))
    if seen["host"] != site.parts.netloc:
        text = f"Asked as {site.parts.netloc}, Rivulet is told that it is {seen['host']}."
        make = warning if trusted else failed
        found.append(make("address", text, *advice.HOST))
    return found or [ok("address", f"{site.url} leads here, and requests arrive as they were sent.")]


async def accepted(site: Site) -> list[Finding]:
    """Whether a form of the site's own pages is let in, as large as a message may be."""
    origin = f"{site.parts.scheme}://{site.parts.netloc}"
    _, body, cookies = await site.get(f"{site.url}{reverse('csrf_token')}")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    headers = {"Origin": origin, "Referer": f"{origin}/", "Cookie": cookie}
    headers |= {"X-CSRFToken": json.loads(body)["token"], "Content-Type": "application/octet-stream"}
    most = settings.BODY_MAX_BYTES - HEADERS_BYTES
    address = site.address("probe", AT_ONCE)
    status, _, _ = await site.post(address, headers=headers, data=b"x")
    if status == 403:
        text = f"What is sent from {origin} is refused as if it came from another site."
        return [failed("forms", text, f"CSRF_TRUSTED_ORIGINS={origin}", *advice.HOST)]
    try:
        status, _, _ = await site.post(address, headers=headers, data=b"x" * max(most, 1))
    except (aiohttp.ClientError, TimeoutError):
        status = 413  # cut off in mid-sentence, as some do rather than answer
    if status != 200:
        text = f"A message of {most} bytes is not let through: {status}."
        forms = failed("forms", text, *advice.body(settings.BODY_MAX_BYTES))
    else:
        forms = ok("forms", "They are let in, as large as a message may be.")
    return [forms, await _imports(site)]


async def _imports(site: Site) -> Finding:
    """Announces a file as large as may be, and sends none of it."""
    size = settings.IMPORT_MAX_BYTES
    target = f"{reverse('import')}?ticket={uploads.ticket(0)}"
    head = f"POST {target} HTTP/1.1\r\nHost: {site.parts.netloc}\r\nContent-Length: {size}\r\n"
    head += "Content-Type: application/octet-stream\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    is_tls = site.parts.scheme == "https"
    port = site.parts.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(site.parts.hostname, port, ssl=is_tls or None)
    try:
        writer.write(head.encode())
        async with asyncio.timeout(REFUSE_SECONDS):
            line = await reader.readline()
    except TimeoutError:
        line = b""  # it waits for the rest
    finally:
        writer.close()
    if b" 413" in line:
        text = f"Files over some size are refused on their way; IMPORT_MAX_BYTES lets {size} bytes in."
        return warning("uploads", text, *advice.body(size))
    return ok("uploads", "A file as large as may be imported is let through.")


async def closed(site: Site) -> list[Finding]:
    """Whether strangers can read the figures."""
    status, _, _ = await site.get(f"{site.url}{reverse('metrics')}")
    if status == 200 and site.parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return [failed("figures", "Everybody can read /metrics.", *advice.FIGURES)]
    return []
