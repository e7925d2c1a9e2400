"""Who may open a WebSocket: pages of this site, pages of the sites that the owner named, and scripts.

Attack: a page of another site opens a WebSocket here, and the browser sends the visitor's cookie along (cross-site
WebSocket hijacking). Browsers name the page's site in the Origin header, and only browsers carry other people's
cookies: a wrong Origin is refused, a missing one is let in. The Host is checked too, or a name that its owner points
at this machine would make its pages "the same site" (DNS rebinding).
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
    """An ASGI application that hands on what may come in, and answers the rest with 403 and a line in the log."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Refuse, or hand on."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin1")
        origin = headers.get(b"origin", b"").decode("latin1")
        if _is_known_host(host) and _is_welcome(origin, host):
            await self._application(scope, receive, send)
            return
        logger.warning("refused a WebSocket for %.200r from a page of %.200r", host, origin)
        await send({"type": "websocket.close"})


def _is_known_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _is_welcome(origin: str, host: str) -> bool:
    if not origin or origin.lower() in settings.CHAT.allowed_origins:
        return True
    try:
        parts = urlsplit(origin)
        port = str(parts.port or DEFAULT_PORTS[parts.scheme])
    except (ValueError, KeyError):  # not a site: "null", a file, an extension
        return False
    if settings.CHAT.https and parts.scheme != "https":  # anybody on the way can write a page that comes by http
        return False
    domain, host_port = split_domain_port(host)
    return (parts.hostname or "") == domain.strip("[]") and port == (host_port or DEFAULT_PORTS[parts.scheme])
