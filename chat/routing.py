"""The ASGI application: from the server's call to the consumer for WebSockets, and to Django for HTTP."""

import re
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from chat.consumers import ChatConsumer
from chat.entrance import request_id
from chat.entrance.address import UNIX_PEER, client_address
from chat.entrance.origin import OriginGuard, reason_to_refuse
from chat.metrics import counted
from chat.rooms.hub import Hub
from chat.views.asgi_answer import answer
from chat.views.metrics import MetricsEndpoint
from chat.wire.fanout import Send, writer_for

JSON = "application/json"
SOCKETS = "/ws/chat/"  # with the name of a room behind it


def build_application(hub: Hub, django: Any) -> "ConnectionContextMiddleware":
    """The whole ASGI application around one hub; `django` is what answers HTTP."""
    # Any room name is routed: the consumer answers an invalid one with an error.
    consumer: Any = ChatConsumer.as_asgi(hub=hub)
    no_websocket: Any = refuse
    routes: list[Any] = [re_path(rf"^{SOCKETS[1:]}(?P<slug>[^/]*)/$", consumer), re_path(r"", no_websocket)]
    pages = HttpRequests(hub, MetricsEndpoint(hub, HealthCheck(hub, django)))
    sockets = OriginGuard(URLRouter(routes))
    return ConnectionContextMiddleware(
        hub, ProtocolTypeRouter({"http": pages, "websocket": sockets, "lifespan": Lifespan(hub)})
    )


class ConnectionContextMiddleware:
    """The outermost application. It adds the hub, the client's address, the connection's writer and the id for the log.

    It has to be the outermost one, because only there `send` is the server's own, which the writer depends on.
    """

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Call the inner application.

        The root path is the one of the settings: Daphne takes it from a header of any client. A path without it is
        that of a proxy which has removed it, or of a health check.
        """
        conf = self._hub.conf
        peer = (scope.get("client") or [UNIX_PEER])[0]
        address = client_address(peer, scope.get("headers", ()), conf.trusted_proxies)
        scope = {**scope, "chat.hub": self._hub, "chat.address": address, "root_path": conf.script_name}
        if "path" in scope and not f"{scope['path']}/".startswith(f"{conf.script_name}/"):
            scope["path"] = conf.script_name + scope["path"]
        scope["chat.request_id"] = request_id.begin(scope.get("headers", ()))
        if scope["type"] == "websocket":
            scope["chat.writer"] = writer_for(send, direct=conf.direct_writes, limit=conf.send_buffer)
        await self._inner(scope, receive, send)


class SocketRoute:
    """The chat's WebSockets for `manage.py serve`, which calls the consumers itself (chatsite/front.py).

    It answers the plain case alone. Refusals, other addresses and rooms that cannot be are left to the application.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._path = re.compile(rf"(?:{re.escape(hub.conf.script_name)})?{SOCKETS}(?P<slug>[a-z0-9-]+)/")
        self.prefixes = tuple({f"{prefix}{SOCKETS}".encode() for prefix in ("", hub.conf.script_name)})

    def scope(self, path: str, query: bytes, headers: dict[bytes, bytes], peer: Any) -> dict[str, Any] | None:
        """What a consumer is opened with, after the id of the request was set; None if the application is to answer.

        `peer`: the address of the other end, as from accept().
        """
        match = self._path.fullmatch(path)
        host, origin = (headers.get(name, b"").decode("latin1") for name in (b"host", b"origin"))
        if match is None or reason_to_refuse(host, origin):
            return None
        fields = [*headers.items()]
        return {
            "type": "websocket",
            "path": path,
            "query_string": query,
            "headers": fields,
            "url_route": {"args": (), "kwargs": match.groupdict()},
            "chat.hub": self._hub,
            "chat.address": client_address(peer[0] if peer else UNIX_PEER, fields, self._hub.conf.trusted_proxies),
            "chat.request_id": request_id.begin(fields),
        }

    def consumer(self) -> ChatConsumer:
        """A new one, for one connection."""
        return ChatConsumer(self._hub)


class HttpRequests:
    """Counts requests and their time, and puts their id into the answer.

    While the server drains it asks proxies to close their idle connections, over which they would still send requests.
    """

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Call the inner application."""

        async def counted_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                counted.REQUESTS.add(str(message["status"]))
                headers = [*message.get("headers", ()), (request_id.HEADER, scope["chat.request_id"])]
                if self._hub.draining:
                    headers.append((b"connection", b"close"))
                message = {**message, "headers": headers}
            await send(message)

        with counted.REQUEST_TIMES.timed():
            await self._inner(scope, receive, counted_send)


class Lifespan:
    """ASGI lifespan, which Daphne lacks. Other servers shut down through it, after they have closed the connections."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Start immediately; end after the hub's graceful shutdown, which stores the queued messages."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.shut_down()
        await send({"type": "lifespan.shutdown.complete"})


class HealthCheck:
    """`GET /healthz`, whether the process is alive, and `GET /readyz`, whether a message would be stored.

    They are answered before Django, so they work under any host name, and the first one costs almost nothing.
    """

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner

    def _ready(self, path: str) -> bytes:
        """A process without events of the others is ready: it reads them from storage. Operators are told."""
        if path == "/readyz" and not self._hub.is_carrier_available:
            return b'{"status":"ok","carrier":"unavailable"}'
        return b'{"status":"ok"}'

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer the two paths, pass on all others."""
        path = scope["path"].removeprefix(scope["root_path"])
        if path not in {"/healthz", "/readyz"}:
            await self._inner(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await answer(send, 405, b"", JSON, (b"allow", b"GET, HEAD"))
        elif path == "/healthz" or await self._hub.is_ready():
            await answer(send, 200, self._ready(path), JSON)
        else:
            status = b"draining" if self._hub.draining else b"storage_unavailable"
            await answer(send, 503, b'{"status":"%b"}' % status, JSON)


async def refuse(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """Reject the handshake: there is no WebSocket at this path."""
    await send({"type": "websocket.close"})
