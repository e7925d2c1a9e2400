"""Origin check: WebSockets are for pages of this site, pages of the sites in CHAT_ALLOWED_ORIGINS, and scripts.

Attack: a page of another site opens a WebSocket here, and the browser sends the visitor's cookie along (cross-site
WebSocket hijacking). Browsers send the page's site in the Origin header, and only browsers carry cookies of other
people: a wrong Origin is refused, a missing one is accepted. The Host is checked too: otherwise a host name that its
owner points at this machine would make its pages "the same site" (DNS rebinding).
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from chat.wire.fanout import Send

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
    if not _is_known_host(host):
        return "the host is not in DJANGO_ALLOWED_HOSTS, or the proxy replaces Host"
    if not _is_allowed_origin(origin, host):
        return "the page is of another site and not in CHAT_ALLOWED_ORIGINS, or the proxy replaces Host"
    return ""


def _is_known_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _is_allowed_origin(origin: str, host: str) -> bool:
    if not origin or origin.lower() in settings.CHAT.allowed_origins:
        return True
    try:
        parts = urlsplit(origin)
        port = str(parts.port or DEFAULT_PORTS[parts.scheme])
    except (ValueError, KeyError):  # not a site: "null", a file, a browser extension
        return False
    if settings.CHAT.https and parts.scheme != "https":  # an attacker on the network can write any page of http
        return False
    domain, host_port = split_domain_port(host)  # without the final dot of a complete name, `localhost.`
    return (parts.hostname or "").removesuffix(".") == domain.strip("[]") and port == (
        host_port or DEFAULT_PORTS[parts.scheme]
    )
