"""Who may read the figures: whoever brings the token; where none is set, what asks from this machine or a network of our own
and has come through no proxy, behind which everybody seems to be that near."""

import ipaddress
from collections.abc import Mapping

from django.conf import settings
from django.utils.crypto import constant_time_compare

# Lower case. Each is put there by some proxy of those in use.
PROXIED = (
    *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded", "via"),
    *("cf-connecting-ip", "true-client-ip", "x-request-start"),
)


def may_read(peer: str, headers: Mapping[str, str]) -> bool:
    """`peer` is the address that the connection comes from. The names of headers are looked up in lower case."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(headers.get("authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    return _is_near(peer) and not any(name in headers for name in PROXIED)


def _is_near(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_private
