"""The one way to addresses that a person or a model names: out to the public web, and to nothing that is ours.

A name is resolved once, every address it has is judged, and the connection goes to one of those that were judged. Redirects
are followed by hand and judged alike. Nothing of ours goes along: no cookies, no credentials, no proxies.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

MOST_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
URL_CHARS = 2000
PORTS = {"http": 80, "https": 443}
# All of IPv6 that has been given to anybody on the internet at large.
PUBLIC = ipaddress.ip_network("2000::/3")
# Within it, those in which an address of IPv4 is wrapped: 6to4 and Teredo. NAT64 and the others lie outside.
WRAPPINGS = [ipaddress.ip_network(net) for net in ("2002::/16", "2001::/32")]
SHARED = ipaddress.ip_network("100.64.0.0/10")
# A name of letters, digits, dots and hyphens; what ends in a number is an address in some spelling.
_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?"
)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


class Refused(Exception):
    """Its message says why, in words for whoever gave the address."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`hosts` are names and addresses of our own network that an administrator allows, each as `host` or `host:port`."""

    hosts: Collection[str] = ()
    seconds: float = 20
    max_bytes: int = 2 * 1024 * 1024
    kinds: Collection[str] = ("text/", "application/xhtml+xml", "application/json", "application/xml")
    agent: str = "Rivulet"


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where it was at last. `is_cut`: there was more than `max_bytes`."""

    url: str
    kind: str
    charset: str
    body: bytes = field(repr=False)
    is_cut: bool


async def fetch(url: str, rules: Rules, resolve: Resolve | None = None) -> Fetched:
    """What is at an address. Raises `Refused` for whatever keeps us from it."""
    try:
        async with asyncio.timeout(rules.seconds):
            return await _Fetch(rules, resolve or _look_up).get(url)
    except TimeoutError:
        raise Refused(f"The page did not come within {rules.seconds:g} seconds.") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Refused(f"The page cannot be had: {type(error).__name__}.") from error


class _Fetch:
    def __init__(self, rules: Rules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve

    async def get(self, url: str) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            parts = self._parsed(url)
            addresses = await self._addresses(parts)
            async with self._session(addresses) as session, self._ask(session, parts) as answer:
                if answer.status in REDIRECTS and "Location" in answer.headers:
                    url = urljoin(parts.geturl(), answer.headers["Location"])
                    continue
                return await self._read(parts.geturl(), answer)
        raise Refused(f"The page sends us on more than {MOST_REDIRECTS} times.")

    def _parsed(self, url: str) -> SplitResult:
        """The address in the one spelling in which it is asked for."""
        if len(url) > URL_CHARS or re.search(r"[\s\\\x00-\x20\x7f]", url):
            raise Refused("This is no address.")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise Refused("This is no address.") from None
        if parts.scheme not in PORTS:
            raise Refused("Only addresses that begin with http:// or https:// can be read.")
        if parts.username is not None or parts.password is not None:
            raise Refused("An address must not hold a name or a password.")
        host = _plain(host)
        if port not in (None, PORTS[parts.scheme]) and f"{host}:{port}" not in self._rules.hosts:
            raise Refused("Only the usual ports of the web are open, 80 and 443.")
        shown = f"[{host}]" if ":" in host else host
        netloc = shown if port is None else f"{shown}:{port}"
        return SplitResult(parts.scheme, netloc, parts.path or "/", parts.query, "")

    async def _addresses(self, parts: SplitResult) -> list[str]:
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        is_ours = not {host, f"{host}:{port}"}.isdisjoint(self._rules.hosts)
        try:
            found = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = await self._resolve(host, port)
        if not found:
            raise Refused("There is no such host.")
        # One that must not be asked is reason enough: a name that has both kinds of addresses is up to no good.
        if not is_ours and not all(is_public(ipaddress.ip_address(each.partition("%")[0])) for each in found):
            raise Refused("This address is not on the public web.")
        return found

    def _session(self, addresses: list[str]) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=_Known(addresses), use_dns_cache=False, force_close=True, limit=1
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=True,
            headers={"User-Agent": self._rules.agent, "Accept": "text/html, text/plain, */*;q=0.1"},
        )

    def _ask(self, session: aiohttp.ClientSession, parts: SplitResult) -> Any:
        timeout = aiohttp.ClientTimeout(total=self._rules.seconds)
        return session.get(parts.geturl(), allow_redirects=False, timeout=timeout, max_line_size=8190)

    async def _read(self, url: str, answer: aiohttp.ClientResponse) -> Fetched:
        if answer.status != 200:
            raise Refused(f"The page's server answered with status {answer.status}.")
        kind = answer.content_type
        if not kind.startswith(tuple(self._rules.kinds)):
            raise Refused(f"This is no page of text, but {kind[:80]}.")
        body = bytearray()
        # Unpacked piece by piece, so that what was packed small does not unfold to more than we take.
        async for piece in answer.content.iter_chunked(64 * 1024):
            body += piece
            if len(body) > self._rules.max_bytes:
                break
        is_cut = len(body) > self._rules.max_bytes
        return Fetched(url, kind, answer.charset or "", bytes(body[: self._rules.max_bytes]), is_cut)


class _Known(AbstractResolver):
    """Knows the addresses that were judged, and asks nobody."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


def is_public(address: Address) -> bool:
    """Whether it is somebody's on the internet at large, by every way in which it can be read."""
    if isinstance(address, ipaddress.IPv6Address):
        if address not in PUBLIC or any(address in net for net in WRAPPINGS):
            return False
    elif address in SHARED:
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )


def _plain(host: str) -> str:
    """A host in lower case and ASCII. Raises where it is an address in a spelling that readers do not agree on."""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise Refused("This is no address.") from None
    try:
        host = host.encode("idna").decode().lower() if not host.isascii() else host.lower()
    except UnicodeError:
        raise Refused("This is no address.") from None
    if not _NAME.fullmatch(host):
        raise Refused("This is no address.")
    host = host.rstrip(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise Refused("Write the address of a host as four plain numbers, or its name.") from None
    return host


async def _look_up(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Refused("There is no such host.") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
