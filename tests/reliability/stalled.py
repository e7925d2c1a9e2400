"""Somebody at a WebSocket who does not read what is sent, and may go on talking all the same."""

import json
import select
import socket
from collections.abc import Mapping

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from tests.live import TIME_LIMIT

SMALLEST = 4096  # bytes that the system is to take in for a reader, about


class Stalled:
    """Connected when it is made. What it holds back is a few KiB; the rest stays with the server and its system."""

    def __init__(self, port: int, room: str = "lobby", headers: Mapping[str, str] | None = None) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST)
        self._socket.settimeout(TIME_LIMIT)
        self._socket.connect(("127.0.0.1", port))
        lines = [
            f"GET /ws/chat/{room}/ HTTP/1.1",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "\r\n",
        ]
        self._socket.sendall("\r\n".join(lines).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        assert b" 101 " in head

    def send(self, **frame: object) -> bool:
        """A frame, without looking at what came; False if the server is gone."""
        data = Frame(Opcode.TEXT, json.dumps(frame).encode()).serialize(mask=True)
        try:
            self._socket.sendall(data)
        except ConnectionError:
            return False
        return True

    @property
    def cut(self) -> bool:
        """Whether the server has given the connection up."""
        gone = select.poll()
        gone.register(self._socket, select.POLLHUP | select.POLLERR)
        return bool(gone.poll(0))

    def read_to_the_end(self) -> list[Frame]:
        """Everything that still comes, until the server closes; what does not make a whole frame is dropped."""
        client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
        with self._socket:
            try:
                while part := self._socket.recv(2**16):
                    client.receive_data(part)
            except ConnectionResetError:
                pass
        return [frame for frame in client.events_received() if isinstance(frame, Frame)]
