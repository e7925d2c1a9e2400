"""`python -m tests.support.servers.echo_program PORT BYTES`: the site's server with an echo application.

A WebSocket at any path sends back what it receives, at /slow/ slowly. At /deaf/ the application never receives, not
even the end of its connection. At /held/ it accepts the handshake when /release/ is requested. An HTTP request is
answered with the client's address and with the numbers of deaf and held applications; at /broken/ the answer is
incomplete, and at /failing/ the application raises an exception.
"""

import asyncio
import json
import math
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter

from chatsite.server import Server
from chatsite.websocket_bounds import WebSocketBounds


class Echo(AsyncWebsocketConsumer):
    deaf = 0
    held = 0
    released = asyncio.Event()

    async def connect(self) -> None:
        if self.scope["path"] == "/held/":
            Echo.held += 1
            await Echo.released.wait()
            Echo.held -= 1
        await self.accept()
        if self.scope["path"] == "/deaf/":
            Echo.deaf += 1
            try:
                await asyncio.Event().wait()
            finally:
                Echo.deaf -= 1

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.scope["path"] == "/slow/":
            await asyncio.sleep(0.001)
        await self.send(text_data, bytes_data)


async def report(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"] == "/release/":
        Echo.released.set()
        Echo.released = asyncio.Event()
    if scope["path"] == "/failing/":
        raise RuntimeError("no answer")
    body = json.dumps({"client": scope["client"][0], "deaf": Echo.deaf, "held": Echo.held}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    if scope["path"] == "/broken/":
        await send({"type": "http.response.body", "body": body, "more_body": True})
        raise RuntimeError("half an answer")
    await send({"type": "http.response.body", "body": body})


def main(port: str, size: str) -> None:
    application = ProtocolTypeRouter({"http": report, "websocket": Echo.as_asgi()})
    Server(application, f"tcp:{port}:interface=127.0.0.1", lambda: None, WebSocketBounds(int(size), math.inf)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
