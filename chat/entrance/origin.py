"""Origin check: WebSockets are for pages of this site, pages of the sites in CHAT_ALLOWED_ORIGINS, and scripts.

Attack: a page of another site opens a WebSocket here, and the browser sends the visitor's cookie along (cross-site
WebSocket hijacking). Browsers send the page's site in the Origin header, and only browsers carry cookies of other
people: a wrong Origin is refused, a missing one is accepted. The Host is checked too: otherwise a host name that its
owner points at this machine would make its pages "the same site" (DNS rebinding).
"""

import functools
import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from chat.wire.fanout import Send

MAX_REMEMBERED = 512  # characters of a host and an origin, which clients choose
DEFAULT_PORTS = {"http": "80", "https": "443"}
logger = logging.getLogger(__name__)


class OriginGuard:
    """An ASGI middleware that answers handshakes of other sites with 403, and logs a line."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Refuse, or pass on."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin1")
        origin = headers.get(b"origin", b"").decode("latin1")
        if reason := reason_to_refuse(host, origin):
            logger.warning("refused a WebSocket for %.200r from a page of %.200r: %s", host, origin, reason)
            await send({"type": "websocket.close"})
        else:
            await self._application(scope, receive, send)


def reason_to_refuse(host: str, origin: str) -> str:
    """Both may be the fault of a proxy that replaces the `Host` header. "" if the handshake is accepted."""
    check = _reason_to_refuse if len(host) + len(origin) <= MAX_REMEMBERED else _reason_to_refuse.__wrapped__
    chat = settings.CHAT
    return check(host, origin, tuple(settings.ALLOWED_HOSTS), chat.allowed_origins, chat.https)


@functools.lru_cache(maxsize=256)  # nearly all pages are of one site
def _reason_to_refuse(
    host: str, origin: str, allowed_hosts: tuple[str, ...], allowed_origins: tuple[str, ...], https: bool
) -> str:
    domain, port = split_domain_port(host)
    if not domain or not validate_host(domain, allowed_hosts):
        return "the host is not in DJANGO_ALLOWED_HOSTS, or the proxy replaces Host"
    if not (not origin or origin.lower() in allowed_origins or _is_same_site(origin, domain, port, https)):
        return "the page is of another site and not in CHAT_ALLOWED_ORIGINS, or the proxy replaces Host"
    return ""


def _is_same_site(origin: str, domain: str, port: str, https: bool) -> bool:
    try:
        parts = urlsplit(origin)
        origin_port = str(parts.port or DEFAULT_PORTS[parts.scheme])
    except (ValueError, KeyError):  # not a site: "null", a file, a browser extension
        return False
    if https and parts.scheme != "https":  # an attacker on the network can write any page of http
        return False
    is_same_host = (parts.hostname or "").removesuffix(".") == domain.strip("[]")  # `localhost.` is a complete name
    return is_same_host and origin_port == (port or DEFAULT_PORTS[parts.scheme])
