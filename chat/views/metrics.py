"""`GET /metrics` in Prometheus's text format: off by default, see CHAT_METRICS.

An ASGI application in front of Django, as the health checks are: a collector calls the server under any host name and
without https, also where visitors are redirected.
"""

from typing import Any

from chat.entrance.address import UNIX_PEER
from chat.entrance.metrics_access import Access, metrics_access
from chat.metrics import counted, exposition, process
from chat.rooms import gauges
from chat.rooms.hub import Hub
from chat.views.asgi_answer import answer
from chat.wire.fanout import Send

PATH = "/metrics"
REFUSALS = {
    Access.NOT_LOCAL: (403, b"CHAT_METRICS=local: only for requests from this machine that came through no proxy.\n"),
    Access.NO_TOKEN: (401, b"Send the token of CHAT_METRICS: Authorization: Bearer <token>\n"),
}


class MetricsEndpoint:
    """Answers one path, and passes on all others."""

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner
        self._is_on = hub.conf.metrics != "off"

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer the request."""
        if self._is_on and scope["path"].removeprefix(scope["root_path"]) == PATH:
            await self._respond(scope, send)
        else:
            await self._inner(scope, receive, send)

    async def _respond(self, scope: dict[str, Any], send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            return await answer(send, 405, b"", exposition.CONTENT_TYPE, (b"allow", b"GET, HEAD"))
        peer = (scope.get("client") or [UNIX_PEER])[0]
        access = metrics_access(self._hub.conf.metrics, peer, scope["headers"], scope["http_version"])
        if access is not Access.ALLOWED:
            challenge = [(b"www-authenticate", b"Bearer")] if access is Access.NO_TOKEN else []
            return await answer(send, *REFUSALS[access], exposition.CONTENT_TYPE, *challenge)
        await answer(send, 200, await self._body(), exposition.CONTENT_TYPE)

    async def _body(self) -> bytes:
        families = [*await gauges.families(self._hub), *counted.families(), *process.families()]
        return exposition.encode(families).encode()
