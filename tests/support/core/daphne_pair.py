"""One WebSocket of a real Daphne, from the socket up, and a client that is another implementation at its other end.

Daphne's protocols and Twisted's transport are the real ones. The test replaces the event loop between them: the
transport writes nothing and the client reads nothing until the test says so. So every state in between can be tested.
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
from websockets.extensions import ClientExtensionFactory

from tests.support.core.client_end import ClientEnd


class FakeReactor:
    """Records what a transport asks of the event loop. The test does it later."""

    def __init__(self) -> None:
        self.wants_to_write = False
        self.scheduled: list[Callable[[], object]] = []

    def addReader(self, transport: object) -> None:  # noqa: N802 - Twisted's names
        pass

    def removeReader(self, transport: object) -> None:  # noqa: N802
        pass

    def addWriter(self, transport: object) -> None:  # noqa: N802
        self.wants_to_write = True

    def removeWriter(self, transport: object) -> None:  # noqa: N802
        self.wants_to_write = False

    def callLater(self, delay: float, function: Callable[..., object], *args: object) -> None:  # noqa: N802
        self.scheduled.append(partial(function, *args))


class DaphnePair(ClientEnd):
    """Daphne's end (`protocol`, `transport`, and the `send` and `receive` of its application), and the client's end.

    For Twisted the Unix socket pair is a connection like any TCP connection.
    """

    def __init__(
        self,
        server_socket: socket.socket,
        client_socket: socket.socket,
        extensions: Sequence[ClientExtensionFactory] = (),
    ) -> None:
        super().__init__(server_socket, client_socket, extensions)
        self.reactor = FakeReactor()
        channel = HTTPFactory(self._server()).buildProtocol(None)
        self.transport = unix.Server(server_socket, channel, "client", None, 0, self.reactor)
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
        """Let the application accept the connection. The client has not read the handshake response yet."""
        await self.send({"type": "websocket.accept"})

    def deliver(self) -> None:
        """Pass what the client has sent to Daphne."""
        self.protocol.dataReceived(b"".join(self.client.data_to_send()))

    @property
    def is_writing(self) -> bool:
        return self.reactor.wants_to_write

    def flush(self) -> None:
        """Write pending bytes as far as the socket takes them, as the event loop does when the socket is writable."""
        ended = self.transport.doWrite() if self.reactor.wants_to_write else None
        if ended is not None:
            self.transport.connectionLost(Failure(ended))

    def run_scheduled(self) -> None:
        """Run the scheduled calls, such as the one that drops the connection."""
        while self.reactor.scheduled:
            self.reactor.scheduled.pop()()
