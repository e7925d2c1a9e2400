"""The client's end of a WebSocket in the tests of what Daphne and chatsite's own server put on the socket."""

import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence

from websockets.client import ClientProtocol
from websockets.extensions import ClientExtensionFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

SEND_BUFFER_BYTES = 8192  # about what the server's socket takes while the client reads nothing


class ClientEnd(ABC):
    """Another implementation at the other end of the server's socket. A pair of Unix sockets connects them, at once."""

    read_ends: tuple[type[OSError], ...] = (BlockingIOError,)  # what reading to the end may raise

    def __init__(
        self,
        server_socket: socket.socket,
        client_socket: socket.socket,
        extensions: Sequence[ClientExtensionFactory] = (),
    ) -> None:
        server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        client_socket.setblocking(False)
        self.server_socket, self.client_socket = server_socket, client_socket
        self.client = ClientProtocol(parse_uri("ws://localhost/"), extensions=extensions or None, max_size=None)
        self.response: Response | None = None
        self.frames: list[Frame] = []

    @property
    @abstractmethod
    def is_writing(self) -> bool:
        """Whether the server has something left that it wants to write."""

    @abstractmethod
    def flush(self) -> None:
        """The socket can be written."""

    def read(self) -> None:
        """Let the client read what has arrived."""
        try:
            while part := self.client_socket.recv(2**20):
                self.client.receive_data(part)
        except self.read_ends:
            pass
        for event in self.client.events_received():
            if isinstance(event, Frame):
                self.frames.append(event)
            elif isinstance(event, Response):
                self.response = event

    def read_everything(self) -> list[tuple[Opcode, bytes]]:
        """Write and read alternately until nothing is pending. Returns all frames so far."""
        self.read()
        while self.is_writing:
            self.flush()
            self.read()
        return [(frame.opcode, bytes(frame.data)) for frame in self.frames]
