"""Which application answers what: the entrance of chatsite, from the server's call to views and consumers."""

from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from chat.consumers import ChatConsumer
from chat.entrance.address import address_of
from chat.entrance.origin import OriginGuard
from chat.rooms.hub import Hub
from chat.wire.fanout import Send, writer_for


def application(hub: Hub, django: Any) -> "ConnectionContextMiddleware":
    """The whole ASGI application around one hub; `django` is what answers HTTP."""
    # Any name is routed, so that a wrong one can be told what is wrong with it.
    consumer: Any = ChatConsumer.as_asgi(hub=hub)
    nothing: Any = refuse
    routes: list[Any] = [re_path(r"^ws/chat/(?P<room>[^/]*)/$", consumer), re_path(r"", nothing)]
    pages = HealthCheck(hub, django)
    sockets = OriginGuard(URLRouter(routes))
    return ConnectionContextMiddleware(
        hub, ProtocolTypeRouter({"http": pages, "websocket": sockets, "lifespan": Lifespan(hub)})
    )


class ConnectionContextMiddleware:
    """The outermost application: it sees the server's own `send`, and so finds the best way to each connection."""

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Hand on, with the hub and the writer in the scope. Daphne believes any client's word on the root path."""
        conf = self._hub.conf
        address = address_of((scope.get("client") or [""])[0], scope.get("headers", ()), conf.trusted_proxies)
        scope = {**scope, "chat.hub": self._hub, "chat.address": address, "root_path": ""}
        if scope["type"] == "websocket":
            scope["chat.writer"] = writer_for(send, direct=conf.direct_writes, limit=conf.send_buffer)
        await self._inner(scope, receive, send)


class Lifespan:
    """Servers other than Daphne say here that they end: connections are closed by then, the last batches are stored."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Start at once, end after the hub's goodbye."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.shut_down()
        await send({"type": "lifespan.shutdown.complete"})


class HealthCheck:
    """`GET /healthz`, whether the process is alive, and `GET /readyz`, whether a message would be stored.

    Answered before Django: they work whatever name the machine is asked by, and the first costs nothing.
    """

    def __init__(self, hub: Hub, inner: Any) -> None:
        self._hub = hub
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer the two paths, hand on the others."""
        if scope["path"] == "/healthz":
            await _answer(send, 200, b'{"status":"ok"}')
        elif scope["path"] == "/readyz":
            if await self._hub.is_ready():
                await _answer(send, 200, b'{"status":"ok"}')
            else:
                await _answer(send, 503, b'{"status":"storage_unavailable"}')
        else:
            await self._inner(scope, receive, send)


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """No WebSocket lives at this address."""
    await send({"type": "websocket.close"})
