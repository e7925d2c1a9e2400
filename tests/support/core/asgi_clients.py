"""Clients without a network: they call the ASGI application of a hub directly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlencode

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator

from chat.rooms.hub import Hub
from chat.routing import build_application
from chatsite.async_handler import AsyncHandler
from tests.support.core.doubles import TIME_LIMIT

HOST = (b"host", b"localhost:8000")


class WebSocketClient:
    """A WebSocket client in a room; every other keyword is a part of the URL's query.

    `frames` keeps every frame that was received, in order.
    """

    def __init__(
        self,
        hub: Hub,
        room: str = "lobby",
        headers: list[tuple[bytes, bytes]] | None = None,
        address: str = "127.0.0.1",
        **query: Any,
    ):
        path = f"/ws/chat/{room}/" + (f"?{urlencode(query)}" if query else "")
        self._socket = WebsocketCommunicator(
            build_application(hub, None), path, headers=[HOST] if headers is None else headers
        )
        self._socket.scope["client"] = [address, 50_000]
        self.frames: list[dict[str, Any]] = []
        self.accepted = False

    async def __aenter__(self) -> Self:
        self.accepted, _ = await self._socket.connect(timeout=TIME_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._socket.future.done():
            await self._socket.disconnect(timeout=TIME_LIMIT)

    async def send(self, text: str | None = None, **frame: Any) -> None:
        """Send one frame as JSON, or a text exactly as it is."""
        await self._socket.send_to(text_data=json.dumps(frame) if text is None else text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_to(bytes_data=data)

    async def receive(self, kind: str | None = None) -> dict[str, Any]:
        """The next frame, or the next one of a type: those before it are skipped. A close is `{"close": code}`."""
        frame = await self._read()
        while kind is not None and frame.get("type") != kind:
            assert "close" not in frame, f"closed with {frame['close']} before {kind}"
            frame = await self._read()
        return frame

    async def _read(self) -> dict[str, Any]:
        message = await self._socket.receive_output(TIME_LIMIT)
        frame = json.loads(message["text"]) if message["type"] == "websocket.send" else {"close": message["code"]}
        self.frames.append(frame)
        return frame

    async def close_code(self) -> int:
        """Wait for the server to close, and return its code; frames before the close are skipped."""
        while "close" not in (frame := await self._read()):
            pass
        code: int = frame["close"]
        return code

    async def say(self, message: str, **fields: Any) -> dict[str, Any]:
        """Post a message and wait for its acknowledgement: its own event, or the error that answers it."""
        fields.setdefault("client_id", f"say {message}"[:64])
        await self.send(type="message", message=message, **fields)
        while (frame := await self._read()).get("client_id") != fields["client_id"]:
            pass
        return frame

    async def wait_for_exception(self, exception: type[BaseException]) -> None:
        """Wait until the application ends with this exception."""
        try:
            await self._socket.wait(TIME_LIMIT)
        except exception:
            return
        raise AssertionError(f"the application ended without {exception.__name__}")


@dataclass
class Response:
    """A whole HTTP response."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def client_config(self) -> Any:
        """What a room's page tells the client, see `_client_config` in chat/views/room.py."""
        script = self.text.split('id="chat-config"')[1].split(">", 1)[1]
        return json.loads(script.split("</script>")[0])


class HttpClient:
    """An HTTP client that keeps cookies, and the CSRF token of the last page with a form."""

    def __init__(self, hub: Hub, host: str = "localhost:8000", address: str = "127.0.0.1") -> None:
        self._application = build_application(hub, AsyncHandler())
        self._host = host
        self._address = address
        self.cookies: dict[str, str] = {}
        self.token = ""

    async def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Response:
        """One request; `path` is sent as it is, with its percent signs."""
        raw, _, query = path.partition("?")
        sent = {"host": self._host, "accept": "text/html", **(headers or {})}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin1")) for name, value in sent.items()],
            "client": [self._address, 50_000],
            "server": ["127.0.0.1", 8000],
        }
        exchange = ApplicationCommunicator(self._application, scope)
        await exchange.send_input({"type": "http.request", "body": body})
        start = await exchange.receive_output(TIME_LIMIT)
        parts = [await exchange.receive_output(TIME_LIMIT)]
        while parts[-1].get("more_body"):
            parts.append(await exchange.receive_output(TIME_LIMIT))
        await exchange.wait(TIME_LIMIT)
        return self._response(start, b"".join(part.get("body", b"") for part in parts))

    def _response(self, start: dict[str, Any], body: bytes) -> Response:
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        cookies = [value.decode() for name, value in start["headers"] if name.lower() == b"set-cookie"]
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        marker = b'name="csrfmiddlewaretoken" value="'
        if marker in body:
            self.token = body.split(marker)[1].split(b'"')[0].decode()
        return Response(start["status"], headers, cookies, body)

    async def get(self, path: str, **headers: str) -> Response:
        return await self.request("GET", path, headers)

    async def post(self, path: str, fields: dict[str, str], *, token: bool = True, **headers: str) -> Response:
        """Submit a form as a page does, with the CSRF token; `accept` and other headers by keyword."""
        sent = {"content-type": "application/x-www-form-urlencoded", **headers}
        if token:
            sent["x-csrftoken"] = self.token
        return await self.request("POST", path, sent, urlencode(fields).encode())
