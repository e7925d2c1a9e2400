"""Who may read /metrics. Pure: no Django, no asyncio.

Attack: a visitor's request comes through a proxy on the same machine, so its peer is 127.0.0.1. Proxies say in a header
that they forward, and pass on or replace the `Host`; a page of another site that a browser on this machine shows can
request a loopback address, but only under its own host name (DNS rebinding). So `local` means all of: the peer is a
loopback address, no header of a proxy, the host is a name or an address of this machine, and HTTP/1.1, because nginx
with nothing but `proxy_pass` adds no header, replaces Host and speaks HTTP/1.0. Other proxies that say nothing cannot
be told from a local program: docs/metrics.md says to use a token there.
"""

import enum
import ipaddress
import re
import secrets
from collections.abc import Sequence

from chat.entrance.address import UNIX_PEER

PROXY_HEADERS = re.compile(
    rb"x-forwarded.*|forwarded|via|x-real-ip|x-original-.*|x-client-ip|x-cluster-client-ip|true-client-ip|cf-.*"
)
_host = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:\d+)?", re.IGNORECASE)


class Access(enum.Enum):
    """What a request is answered."""

    ALLOWED = enum.auto()
    NOT_LOCAL = enum.auto()
    NO_TOKEN = enum.auto()


def metrics_access(
    setting: str, peer: str, headers: Sequence[tuple[bytes, bytes]], http_version: str = "1.1"
) -> Access:
    """Whether a request may read them. `setting`: CHAT_METRICS, `local` or a token; `off` is for the caller."""
    if setting == "local":
        is_local = http_version != "1.0" and _is_local(peer, headers)
        return Access.ALLOWED if is_local else Access.NOT_LOCAL
    scheme, _, token = dict(headers).get(b"authorization", b"").partition(b" ")
    is_known = secrets.compare_digest(token.strip(), setting.encode())
    return Access.ALLOWED if scheme.lower() == b"bearer" and is_known else Access.NO_TOKEN


def _is_local(peer: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    if peer == UNIX_PEER or any(PROXY_HEADERS.fullmatch(name) for name, _ in headers):
        return False
    host = _host.fullmatch(dict(headers).get(b"host", b"").decode("latin1"))
    return _is_loopback(peer) and host is not None and _is_loopback(host[1].strip("[]"))


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
