"""A WebSocket client that stops reading, over TLS too."""

import socket
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.uri import parse_uri

from tests.support.live_server import LiveServer, unverified_tls
from tests.support.servers.raw_websocket import MIN_RECEIVE_BUFFER_BYTES, connect


class StalledReader:
    """A connection in the lobby that reads nothing until `read_to_the_end`; `frames` is what it then read."""

    def __init__(self, server: LiveServer) -> None:
        self.frames: list[Frame] = []
        self._client = ClientProtocol(parse_uri(f"{server.ws_url}/ws/chat/lobby/"), max_size=None)
        self._socket = _connect(server)
        self._client.send_request(self._client.connect())
        self._send()
        while not self._client.handshake_exc and not self._client.events_received():
            self._client.receive_data(self._socket.recv(1))
        assert self._client.handshake_exc is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._socket.close()

    def read_to_the_end(self) -> int | None:
        """Read until the server closes. The close code, or None without a close frame."""
        try:
            while part := self._socket.recv(2**16):
                self._client.receive_data(part)
                self.frames += [event for event in self._client.events_received() if isinstance(event, Frame)]
                if self.frames and self.frames[-1].opcode is Opcode.CLOSE:
                    return int(Close.parse(bytes(self.frames[-1].data)).code)
        except ConnectionError:
            pass
        return None

    @property
    def texts(self) -> list[str]:
        return [bytes(frame.data).decode() for frame in self.frames if frame.opcode is Opcode.TEXT]

    def _send(self) -> None:
        self._socket.sendall(b"".join(self._client.data_to_send()))


def _connect(server: LiveServer) -> socket.socket:
    plain = connect(server, MIN_RECEIVE_BUFFER_BYTES)
    return unverified_tls().wrap_socket(plain) if urlsplit(server.url).scheme == "https" else plain
