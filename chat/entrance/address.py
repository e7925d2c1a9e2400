"""The client address that limits are counted by, for WebSockets and HTTP. Pure: no Django, no asyncio.

Attack: a client sends an `X-Forwarded-For` of its own, and has another address in every request. A proxy appends the
address of its client to what is there already, so only the last entries can be trusted, one for each proxy that the
owner trusts; the client chooses the leftmost entries.
"""

import functools
import ipaddress
from collections.abc import Iterable

UNIX_PEER = "unix"  # the address of a connection to a Unix socket: all of them are one, unless a proxy is trusted
MAX_HOP = 64  # characters: of an address with a port, and what may be remembered of a client's choice
IPV6_PREFIX_BITS = 64  # a provider gives such a network to one customer, who may use any address in it


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], trusted_proxies: int) -> str:
    """The client's address: the `peer` of the connection, or the address reported by the given number of proxies.

    A header with fewer entries was not written by all of the proxies: then it is ignored.
    """
    hops = [*_forwarded(headers), peer] if trusted_proxies else [peer]
    hop = hops[-1 - trusted_proxies] if trusted_proxies < len(hops) else peer
    return _network(hop) or _network(peer) or peer


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The entries of the header, which may have several lines, from left to right."""
    lines = [value.decode("latin1") for name, value in headers if name == b"x-forwarded-for"]
    return [entry.strip() for entry in ",".join(lines).split(",")] if lines else []


def _network(hop: str) -> str:
    """`203.0.113.7`, or `2001:db8::/64` for every address in it; "" for anything else. Some proxies add a port."""
    return _network_of(hop) if len(hop) <= MAX_HOP else ""


@functools.lru_cache(maxsize=1024)  # the same address opens many connections, and asks for many pages
def _network_of(hop: str) -> str:
    try:
        address = ipaddress.ip_address(_without_port(hop))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX_BITS), strict=False))


def _without_port(hop: str) -> str:
    """`203.0.113.7:50000`, `[2001:db8::1]:50000` and `[2001:db8::1]` without port and brackets."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
