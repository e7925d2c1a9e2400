"""Clients without a network: a WebSocket and a browser that call the ASGI application themselves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator

from chat.rooms.hub import Hub
from chat.routing import application
from chatsite.in_the_loop import Handler
from tests.support.core.doubles import TIME_LIMIT

HOST = (b"host", b"localhost:8000")


class Talker:
    """Somebody at a WebSocket of an application around a hub."""

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
            application(hub, None), path, headers=[HOST] if headers is None else headers
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
        await self._socket.send_to(text_data=json.dumps(frame) if text is None else text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_to(bytes_data=data)

    async def next(self) -> dict[str, Any]:
        """The next frame, whatever it is; a close is `{"close": code}`."""
        message = await self._socket.receive_output(TIME_LIMIT)
        frame = json.loads(message["text"]) if message["type"] == "websocket.send" else {"close": message["code"]}
        self.frames.append(frame)
        return frame

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind; the ones before it are passed over."""
        while (frame := await self.next()).get("type") != kind:
            assert "close" not in frame, f"closed with {frame['close']} before {kind}"
        return frame

    async def closed(self) -> int:
        """Read on to the close; its code."""
        while "close" not in (frame := await self.next()):
            pass
        code: int = frame["close"]
        return code

    async def say(self, message: str, **fields: Any) -> dict[str, Any]:
        """Post, and wait for the answer: the event, or the error."""
        fields.setdefault("client_id", f"say {message}"[:64])
        await self.send(type="message", message=message, **fields)
        while (frame := await self.next()).get("client_id") != fields["client_id"]:
            pass
        return frame

    async def fail(self, exception: type[BaseException]) -> None:
        """Wait for the application to end with an exception."""
        try:
            await self._socket.wait(TIME_LIMIT)
        except exception:
            return
        raise AssertionError(f"no {exception.__name__} came")


@dataclass
class Answer:
    """A response, whole."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """A browser as far as pages and forms go: it keeps cookies and knows the token of the last page."""

    def __init__(self, hub: Hub, host: str = "localhost:8000", address: str = "127.0.0.1") -> None:
        self._application = application(hub, Handler())
        self._host = host
        self._address = address
        self.cookies: dict[str, str] = {}
        self.token = ""

    async def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request; `path` goes out as it stands, percent signs and all."""
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
            "path": _unquoted(raw),
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
        return self._take(start, b"".join(part.get("body", b"") for part in parts))

    def _take(self, start: dict[str, Any], body: bytes) -> Answer:
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        cookies = [value.decode() for name, value in start["headers"] if name.lower() == b"set-cookie"]
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        marker = b'name="csrfmiddlewaretoken" value="'
        if marker in body:
            self.token = body.split(marker)[1].split(b'"')[0].decode()
        return Answer(start["status"], headers, cookies, body)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.request("GET", path, headers)

    async def post(self, path: str, fields: dict[str, str], *, token: bool = True, **headers: str) -> Answer:
        """A form as a page sends it; `accept` and other headers by keyword."""
        sent = {"content-type": "application/x-www-form-urlencoded", **headers}
        if token:
            sent["x-csrftoken"] = self.token
        return await self.request("POST", path, sent, urlencode(fields).encode())


def _unquoted(path: str) -> str:
    from urllib.parse import unquote

    return unquote(path)
