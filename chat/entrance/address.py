"""Whose connection it is, as far as limits count: one place for WebSockets and HTTP. Pure: no Django, no asyncio.

Attack: a client sends an `X-Forwarded-For` of its own, and is somebody else in every request. A proxy writes the
address it was connected from behind what is there already, so only the last entries can be believed, one for each
proxy that the owner trusts; the leftmost is whatever the client likes.
"""

import ipaddress
from collections.abc import Iterable

IPV6_PREFIX = 64  # bits that a provider gives to one customer, who may use any of the addresses behind them


def address_of(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted_proxies: int) -> str:
    """The address that counts: the `peer` of the connection, or whom so many proxies in front of it name.

    A header that names fewer was not written by all of them: then the connection itself counts.
    """
    hops = [*_forwarded(headers), peer] if trusted_proxies else [peer]
    hop = hops[-1 - trusted_proxies] if trusted_proxies < len(hops) else peer
    return _network(hop) or _network(peer) or peer


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The entries of the header, which may stand on several lines, from left to right."""
    lines = [value.decode("latin1") for name, value in headers if name == b"x-forwarded-for"]
    return [entry.strip() for entry in ",".join(lines).split(",")] if lines else []


def _network(hop: str) -> str:
    """`203.0.113.7`, or `2001:db8::/64` for every address in it; "" if it is none. Some proxies add a port."""
    try:
        address = ipaddress.ip_address(_without_port(hop))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False))


def _without_port(hop: str) -> str:
    """`203.0.113.7:50000`, `[2001:db8::1]:50000` and `[2001:db8::1]` without what is not the address."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
