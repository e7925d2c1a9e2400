"""A connection until its head is known: it becomes a leg then, or goes to Twisted as it came.

Attack: a head that is sent a byte at a time. It has ten seconds, and 16 KiB.
"""

import socket
from contextvars import Context
from typing import TYPE_CHECKING, Any

from chat.wire.fanout import limit_kernel_buffer, log_path
from chatsite.http_bounds import REQUEST_SECONDS
from chatsite.websocket.handshake import END, MAX_HEAD_BYTES, Upgrade, parse_upgrade
from chatsite.websocket.leg import Leg

if TYPE_CHECKING:
    from chatsite.front import Front

READ_BYTES = 64 * 1024


class Opening:
    """A connection until its head is known."""

    __slots__ = ("_data", "_front", "_peer", "_socket", "deadline")

    def __init__(self, front: "Front", connection: socket.socket, peer: Any) -> None:
        self._front = front
        self._socket = connection
        self._peer = peer
        self._data = b""
        self.deadline = front.legs.loop.time() + REQUEST_SECONDS

    def on_event(self, events: int) -> None:
        """More of the head, or the end."""
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.on_data(data)
        else:
            self.abort()

    def on_data(self, data: bytes) -> None:
        """Hand the connection on, if it is clear where."""
        self._data += data
        if self._may_be_upgrade():
            end = self._data.find(END) + len(END)
            if end >= len(END):
                self._decide(self._data[:end], self._data[end:])
            elif len(self._data) > MAX_HEAD_BYTES:
                self._hand_over()
        elif len(self._data) >= self._front.longest_start or not self._may_become_upgrade():
            self._hand_over()

    def _may_be_upgrade(self) -> bool:
        return self._data.startswith(self._front.starts)

    def _may_become_upgrade(self) -> bool:
        return any(start.startswith(self._data) for start in self._front.starts)

    def abort(self) -> None:
        """Close: the client is late, or has left."""
        self._release()
        self._socket.close()

    def _release(self) -> None:
        self._front.openings.pop(self, None)
        self._front.legs.poller.remove(self._socket.fileno())

    def _decide(self, head: bytes, rest: bytes) -> None:
        upgrade = parse_upgrade(head) if len(head) <= MAX_HEAD_BYTES else None
        if upgrade is None or not Context().run(self._begin, upgrade, rest):
            self._hand_over()

    def _begin(self, upgrade: Upgrade, rest: bytes) -> bool:
        """Become a leg, unless the route refuses. What happens from here on has the id of the request in the log."""
        scope = self._front.route.scope(upgrade.path, upgrade.query, upgrade.headers, self._peer)
        if scope is None:
            return False
        self._front.openings.pop(self, None)
        if self._socket.family == socket.AF_UNIX:
            limit_kernel_buffer(self._socket)
        log_path("chatsite's sockets")
        leg = Leg(self._front.legs, self._socket, self._front.route.consumer())
        leg.start(scope, upgrade.response, rest)
        return True

    def _hand_over(self) -> None:
        self._release()
        seconds_left = max(0, self.deadline - self._front.legs.loop.time())  # the next sweep may be a moment late
        self._front.hand_over(self._socket, self._peer, self._data, seconds_left)
