"""Where connections of `manage.py serve` begin: plain upgrades become legs, everything else goes to Twisted as it came.

Attack: connections that send nothing, or a head a byte at a time, until no descriptor is left. A connection is accepted
while there is room, and its head is bounded (opening.py). Twisted, which gets any other beginning as soon as it is
clear, bounds it further (http_bounds.py).
"""

import logging
import socket
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from chat.wire.fanout import limit_kernel_buffer
from chatsite.opening import Opening
from chatsite.websocket.consumer import Consumer
from chatsite.websocket.legs import Legs

MAX_ACCEPTS = 64  # in a row, before the event loop may do something else
SWEEP_SECONDS = 1  # between two looks at who is late
logger = logging.getLogger(__name__)


class Route(Protocol):
    """Which upgrades become legs, and what takes their messages. chat/routing.py has the one of the chat."""

    prefixes: tuple[bytes, ...]  # of the paths

    def scope(self, path: str, query: bytes, headers: dict[bytes, bytes], peer: Any) -> dict[str, Any] | None:
        """What the consumer is opened with; None if Twisted is to answer. `peer`: as from accept()."""

    def consumer(self) -> Consumer:
        """A new one."""


class Front:
    """Accepts the connections of a listening port of Twisted."""

    def __init__(self, port: Any, legs: Legs, route: Route, has_capacity_for: Callable[[int], bool]) -> None:
        self.legs = legs
        self.route = route
        self.openings: dict[Opening, None] = {}  # in the order of their deadlines
        self.starts = tuple(b"GET " + prefix for prefix in route.prefixes)
        self.longest_start = max(map(len, self.starts))
        self._port = port
        self._socket: socket.socket = port.socket
        self._has_capacity_for = has_capacity_for
        if self._socket.family != socket.AF_UNIX:  # the connections inherit both options
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            limit_kernel_buffer(self._socket)
        port.stopReading()
        legs.poller.add(self._socket.fileno(), self)
        legs.loop.call_later(SWEEP_SECONDS, self._sweep)

    def stop_listening(self) -> Any:
        """Accept nothing more, and close the port. The connections stay."""
        descriptor = self._socket.fileno()
        if descriptor in self.legs.poller.handlers:
            self.legs.poller.remove(descriptor)
        return self._port.stopListening()

    def on_event(self, events: int) -> None:
        """Somebody connects."""
        for _ in range(MAX_ACCEPTS):
            try:
                connection, peer = self._socket.accept()
            except BlockingIOError:  # nobody else waits
                return
            except OSError:
                self._port.doRead()  # Twisted has a way when there is no descriptor left
                return
            if self._has_capacity_for(connection.fileno()):
                self._open(connection, peer)
            else:
                connection.close()

    def abort(self) -> None:
        """Nothing: the next connection may be better."""

    def _open(self, connection: socket.socket, peer: Any) -> Opening:
        connection.setblocking(False)
        if connection.family == socket.AF_UNIX:
            peer = ""  # whatever name a client has chosen for its end
        opening = Opening(self, connection, peer)
        self.openings[opening] = None
        self.legs.poller.add(connection.fileno(), opening)
        return opening

    def _sweep(self) -> None:
        now = self.legs.loop.time()
        for opening in [*self.openings]:
            if opening.deadline > now:
                break
            opening.abort()
        self.legs.loop.call_later(SWEEP_SECONDS, self._sweep)

    def hand_over(self, connection: socket.socket, peer: Any, data: bytes, seconds_left: float) -> None:
        """Let Twisted serve a connection, as if it had accepted it and received this."""
        port = self._port
        if len(peer) == 4:  # IPv6: with the interface, if the address has one
            peer = (socket.getnameinfo(peer, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0], *peer[1:])
        protocol = port.factory.buildProtocol(port._buildAddr(peer))
        port.sessionno += 1
        transport = port.transport(connection, protocol, peer, port, port.sessionno, port.reactor)
        try:
            protocol.makeConnection(transport)
            protocol.setTimeout(seconds_left)
            protocol.dataReceived(data)
        except Exception:
            logger.exception("a request failed")
            transport.abortConnection()

    def take_back(self, transport: Any, data: bytes) -> bool:
        """Take a connection that served pages, and now begins with an upgrade, away from Twisted; whether it does.

        Proxies keep their connections for whatever request comes next.
        """
        is_plain = not (transport.TLS or transport.dataBuffer or transport._tempDataLen)
        if not is_plain or not data.startswith(self.starts):
            return False
        connection, peer = transport.socket.dup(), transport.client
        transport._shouldShutdown = False  # there are two descriptors: Twisted closes its own, and not the connection
        transport.connectionLost(Failure(ConnectionDone()))
        self._open(connection, peer).on_data(data)
        return True
