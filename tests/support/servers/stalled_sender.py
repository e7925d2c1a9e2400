"""Somebody at a WebSocket who does not read what is sent, and may go on talking all the same."""

import json
from collections.abc import Mapping
from contextlib import suppress

from websockets.frames import Frame, Opcode

from tests.support.live_server import LiveServer
from tests.support.servers.raw_websocket import SMALLEST, frames_in, is_cut, read_all, upgrade


class Stalled:
    """Connected when it is made. What it holds back is a few KiB; the rest stays with the server and its system."""

    def __init__(self, server: LiveServer, headers: Mapping[str, str] | None = None) -> None:
        self._socket = upgrade(server, receive_buffer=SMALLEST, headers=headers)

    def send(self, **frame: object) -> bool:
        """A frame, without looking at what came; False if the server is gone."""
        with suppress(ConnectionError):
            self._socket.sendall(Frame(Opcode.TEXT, json.dumps(frame).encode()).serialize(mask=True))
            return True
        return False

    @property
    def cut(self) -> bool:
        """Whether the server has given the connection up."""
        return is_cut(self._socket)

    def read_to_the_end(self) -> list[Frame]:
        """Everything that still comes, until the server closes; what does not make a whole frame is dropped."""
        with self._socket:
            return frames_in(read_all(self._socket))
