"""Where somebody comes from, as it is counted."""

import ipaddress

# The machine itself: whoever asks whether we are well, and a proxy that does not say for whom it asks.
OWN = frozenset({"127.0.0.1", "::1"})


def network_of(address: str) -> str | None:
    """The address; of IPv6 the network, since a household has 2^64 addresses to come from. None for what is none."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    if parsed.is_loopback:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
