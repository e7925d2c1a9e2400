"""A WebSocket connection of a client to the ASGI application, driven step by step: nothing here waits."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from tests.support.core.asgi_clients import HOST


class ClientConnection:
    """One connection to the lobby. `frames` are the frames received and not taken yet; `close_code` is set at the end.

    Every keyword is a part of the URL's query.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, application: Any, cookie: str | None = None, **query: Any
    ) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._inbox.put_nowait({"type": "websocket.connect"})
        headers = [HOST] + ([(b"cookie", cookie.encode())] if cookie else [])
        self._task = loop.create_task(application(_scope(headers, query), self._inbox.get, self._receive))

    async def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            assert self.close_code is None, "a frame was sent after the close"
            self.frames.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]
            self.disconnect()

    def send(self, frame: str | bytes) -> None:
        """Send a frame as text, or as a binary frame."""
        kind = "text" if isinstance(frame, str) else "bytes"
        self._inbox.put_nowait({"type": "websocket.receive", kind: frame})

    def disconnect(self) -> None:
        """Close the connection, after the frames that were sent."""
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def abort(self) -> None:
        """Cancel the server's task immediately, wherever it is."""
        self._task.cancel()


def _scope(headers: list[tuple[bytes, bytes]], query: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": "/ws/chat/lobby/",
        "raw_path": b"/ws/chat/lobby/",
        "query_string": urlencode(query).encode(),
        "headers": headers,
        "subprotocols": [],
    }
