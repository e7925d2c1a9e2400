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
from django.conf import settings
from websockets.frames import Frame, Opcode

from chat.wire.fanout import Frames, Writer
from chatsite.server import LegOptions, Server
from chatsite.websocket.bounds import WebSocketBounds

MAX_PENDING_BYTES = 2**28  # nobody is a slow reader here


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


class LegEcho:
    """The same for a leg. While `open` or what `take` returns is awaited, nothing more is taken."""

    def __init__(self) -> None:
        self._path = ""

    async def open(self, scope: Any, writer: Writer) -> None:
        self._path, self._writer = scope["path"], writer
        if self._path == "/held/":
            Echo.held += 1
            await Echo.released.wait()
            Echo.held -= 1
        writer.write(Frames([]))
        if self._path == "/deaf/":
            Echo.deaf += 1
            try:
                await asyncio.Event().wait()
            finally:
                Echo.deaf -= 1

    def take(self, text: Any, data: bytes | None) -> Any:
        if self._path == "/failing/":
            raise RuntimeError("no answer")
        self._writer.write(Frames([text]) if data is None else BinaryFrames(data))
        return asyncio.sleep(0.001) if self._path == "/slow/" else None

    def leave(self) -> None:
        pass


class BinaryFrames(Frames):
    """One binary message instead of texts."""

    def __init__(self, data: bytes) -> None:
        super().__init__([])
        self.wire = bytes(Frame(Opcode.BINARY, data).serialize(mask=False))


class EchoRoute:
    """Every WebSocket is a leg."""

    prefixes = (b"/",)

    def scope(self, path: str, query: bytes, headers: dict[bytes, bytes], peer: Any) -> dict[str, Any]:
        return {"path": path}

    def consumer(self) -> LegEcho:
        return LegEcho()


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
    legs = LegOptions(EchoRoute(), MAX_PENDING_BYTES) if settings.CHAT.websocket_leg else None
    bounds = WebSocketBounds(int(size), math.inf)
    Server(application, f"tcp:{port}:interface=127.0.0.1", lambda: None, bounds, legs).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
