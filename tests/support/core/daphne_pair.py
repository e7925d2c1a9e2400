"""One WebSocket of a real Daphne in a test's hand, from the socket up, and a client of another make at its other end.

Daphne's protocols and Twisted's transport are the real ones. The test plays the event loop between them: nothing is
written by the transport and nothing is read before the test says so, so every state in between can be looked at.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from daphne.http_protocol import HTTPFactory
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import unix
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.extensions import ClientExtensionFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

SMALL = 8192  # bytes that the server's socket takes while nobody reads, about


class Reactor:
    """What a transport asks of the event loop: noted, and done when the test says so."""

    def __init__(self) -> None:
        self.wants_to_write = False
        self.later: list[Callable[[], object]] = []

    def addReader(self, transport: object) -> None:  # noqa: N802 - Twisted's names
        pass

    def removeReader(self, transport: object) -> None:  # noqa: N802
        pass

    def addWriter(self, transport: object) -> None:  # noqa: N802
        self.wants_to_write = True

    def removeWriter(self, transport: object) -> None:  # noqa: N802
        self.wants_to_write = False

    def callLater(self, delay: float, function: Callable[..., object], *args: object) -> None:  # noqa: N802
        self.later.append(partial(function, *args))


class DaphnePair:
    """Daphne's end (`protocol`, `transport`, and the `send` and `receive` it gave to its application) and a client's.

    A Unix socket is between them, which takes and gives bytes at once; for Twisted it is a TCP connection like others.
    """

    def __init__(self, near: socket.socket, far: socket.socket, offers: Sequence[ClientExtensionFactory] = ()) -> None:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        far.setblocking(False)
        self.near, self.far = near, far
        self.reactor = Reactor()
        self.client = ClientProtocol(parse_uri("ws://localhost/"), extensions=offers or None, max_size=None)
        self.response: Response | None = None
        self.frames: list[Frame] = []
        channel = HTTPFactory(self._server()).buildProtocol(None)
        self.transport = unix.Server(near, channel, "client", None, 0, self.reactor)
        channel.makeConnection(self.transport)
        self.client.send_request(self.client.connect())
        channel.dataReceived(b"".join(self.client.data_to_send()))
        self.protocol: WebSocketProtocol = self.transport.protocol

    def _server(self) -> Server:
        server = Server(self._application, endpoints=["unix:/nowhere"], signal_handlers=False)
        server.connections = {}  # as Server.run does
        server.ws_factory = WebSocketFactory(server)
        return server

    def _application(self, *, scope: object, receive: Any, send: Any) -> "asyncio.Future[None]":
        self.receive, self.send = receive, send
        return asyncio.get_running_loop().create_future()

    async def accept(self) -> None:
        """Let the application accept the connection; the answer to the client is on its way."""
        await self.send({"type": "websocket.accept"})

    def say(self) -> None:
        """Bring Daphne what the client has to say."""
        self.protocol.dataReceived(b"".join(self.client.data_to_send()))

    def flush(self) -> None:
        """What the event loop does when the socket can be written to: what is waiting goes out as far as it fits."""
        ended = self.transport.doWrite() if self.reactor.wants_to_write else None
        if ended is not None:
            self.transport.connectionLost(Failure(ended))

    def run_later(self) -> None:
        """What was to be done later, such as dropping the connection."""
        while self.reactor.later:
            self.reactor.later.pop()()

    def read(self) -> None:
        """Have the client read what has arrived."""
        try:
            while part := self.far.recv(2**20):
                self.client.receive_data(part)
        except BlockingIOError:
            pass
        for event in self.client.events_received():
            if isinstance(event, Frame):
                self.frames.append(event)
            elif isinstance(event, Response):
                self.response = event

    def read_everything(self) -> list[tuple[Opcode, bytes]]:
        """Write and read in turn until nothing waits any more; every frame so far."""
        self.read()
        while self.reactor.wants_to_write:
            self.flush()
            self.read()
        return [(frame.opcode, bytes(frame.data)) for frame in self.frames]
