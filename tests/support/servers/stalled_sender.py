"""A WebSocket client that reads nothing and still sends."""

import json
from collections.abc import Mapping
from contextlib import suppress

from websockets.frames import Frame, Opcode

from tests.support.live_server import LiveServer
from tests.support.servers.raw_websocket import MIN_RECEIVE_BUFFER_BYTES, frames_in, is_cut, read_all, upgrade


class StalledSender:
    """Connected when it is made. Its kernel buffers a few KiB; the rest stays in the server and its kernel."""

    def __init__(self, server: LiveServer, headers: Mapping[str, str] | None = None) -> None:
        self._socket = upgrade(server, receive_buffer=MIN_RECEIVE_BUFFER_BYTES, headers=headers)

    def send(self, **frame: object) -> bool:
        """Send a frame, without reading; False if the connection is gone."""
        with suppress(ConnectionError):
            self._socket.sendall(Frame(Opcode.TEXT, json.dumps(frame).encode()).serialize(mask=True))
            return True
        return False

    @property
    def cut(self) -> bool:
        """Whether the server has ended the connection."""
        return is_cut(self._socket)

    def read_to_the_end(self) -> list[Frame]:
        """The remaining frames, until the server closes. An incomplete frame is dropped."""
        with self._socket:
            return frames_in(read_all(self._socket))
