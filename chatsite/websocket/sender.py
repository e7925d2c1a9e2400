"""What is sent on one WebSocket, in order, until its end.

Attack: a client that reads nothing, or that sends a close frame and never reads what is buffered for it. What it does
not read is bounded, and so is the time in which it may read the rest.
"""

import abc
import asyncio
import errno
import socket
import struct
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from chat.metrics import counted
from chat.wire.errors import CloseCode
from chat.wire.fanout import Frames
from chatsite.websocket.bounds import LINGER_SECONDS
from chatsite.websocket.parser import CLOSE, FINAL, PING
from chatsite.websocket.poller import NOTHING, READ, WRITE

if TYPE_CHECKING:
    from chatsite.websocket.legs import Legs

BUFFERS_PER_CALL = 64  # for sendmsg()
CLOSE_SECONDS = 1  # for the client to answer a close frame
TEMPORARY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ENOBUFS}  # the socket says when to try again
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: discard what is not sent yet

# In this order.
CONNECTING = 0  # the handshake is not answered
OPEN = 1
CLOSING = 2  # a close frame was sent, that of the client is awaited
ENDING = 3  # both were; what is buffered is flushed
LINGERING = 4  # the client did not answer: it is told that nothing follows, and what it sends is discarded
CLOSED = 5


class Sender(abc.ABC):
    """The outgoing side of one WebSocket: the writer of its consumer (chat/wire/fanout.py)."""

    __slots__ = ("_backlog", "_descriptor", "_events", "_legs", "_pending", "_socket", "_state", "_timer")

    def __init__(self, legs: "Legs", connection: socket.socket) -> None:
        """The poller watches the connection for READ already."""
        self._legs = legs
        self._socket = connection
        self._descriptor = connection.fileno()
        self._backlog: deque[bytes | memoryview] | None = None  # what the socket did not take, and its size
        self._pending = 0
        self._state = CONNECTING
        self._events = READ
        self._timer: asyncio.TimerHandle | None = None

    def write(self, frames: Frames) -> None:
        """See `Writer`."""
        if self._state == CONNECTING:
            self._send(self._accept() + frames.wire)
        elif self._state != OPEN:
            return
        elif self._backlog and self._pending + len(frames.wire) > self._legs.max_pending_bytes:
            self.close(CloseCode.SLOW_READER)
        else:
            self._send(frames.wire)

    def close(self, code: int) -> None:
        """See `Writer`."""
        if self._state <= OPEN:
            counted.CLOSED.add(str(int(code)))
            self._close(code)

    @property
    def pending_bytes(self) -> int:
        """See `Writer`."""
        return self._pending

    @property
    def disconnected(self) -> bool:
        """See `Writer`."""
        return self._state >= ENDING

    @property
    def finished(self) -> bool:
        """See `Writer`."""
        return self._state >= LINGERING

    def ping(self) -> None:
        """Ask the client whether it is there."""
        if self._state == OPEN:
            self._send(control_frame(PING, b""))

    def abort(self) -> None:
        """Close the connection, and discard what is not sent."""
        if self._state != CLOSED:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._end()

    def _answer_with(self, response: bytes) -> None:
        """Keep the answer to the handshake. It is not pending: it goes out with the first frames."""
        self._backlog = deque((response,))

    def _accept(self) -> bytes:
        """The answer to the handshake, which is sent together with the first frames."""
        assert self._backlog is not None
        (response,) = self._backlog
        self._backlog = None
        self._state = OPEN
        return bytes(response)

    def _send(self, data: bytes) -> None:
        """To the socket; what it does not take is kept."""
        if self._backlog:
            self._backlog.append(data)
            self._pending += len(data)
            return
        try:
            sent = self._socket.send(data)
        except OSError:  # the buffer is full, or the connection broken: the next event tells which
            sent = 0
        if sent < len(data):
            self._backlog = deque((memoryview(data)[sent:],))
            self._pending = len(data) - sent
            self._update()

    def _flush(self) -> None:
        backlog = self._backlog
        try:
            while backlog:
                sent = self._socket.sendmsg(islice(backlog, BUFFERS_PER_CALL))
                self._pending -= sent
                while backlog and sent >= len(backlog[0]):
                    sent -= len(backlog.popleft())
                if sent:
                    backlog[0] = memoryview(backlog[0])[sent:]
        except OSError as error:
            if error.errno not in TEMPORARY:
                self._end()
            return
        self._backlog = None
        if self._state == ENDING:
            self._end()
        else:
            self._update()

    def _close(self, code: int) -> None:
        """Send a close frame. A client that does not answer it is dropped."""
        frame = control_frame(CLOSE, int(code).to_bytes(2, "big"))
        self._send(self._accept() + frame if self._state == CONNECTING else frame)
        self._state = CLOSING
        self._set_timer(CLOSE_SECONDS, self._on_no_answer)

    def _on_no_answer(self) -> None:
        """A reset would make the system discard what it could not deliver yet, and a client may only be slow.

        A socket that is closed with something unread is reset, too. So the rest of what it sends is discarded, also if
        it broke the protocol or a bound.
        """
        if self._backlog:
            self.abort()
        else:
            self._state = LINGERING
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self._set_timer(LINGER_SECONDS, self._end)
            self._update()

    def _update(self) -> None:
        """Let the poller watch for what is wanted now."""
        wanted = self._wanted_input
        if self._backlog and self._state != CONNECTING:
            wanted |= WRITE
        if wanted != self._events and self._state != CLOSED:
            self._events = wanted
            self._legs.poller.modify(self._descriptor, wanted or NOTHING)

    def _flush_and_end(self) -> None:
        """Both sides have said goodbye. Flush what is buffered, but not for ever."""
        self._state = ENDING
        if self._backlog:
            self._set_timer(LINGER_SECONDS, self.abort)
            self._update()
        else:
            self._end()

    def _end(self) -> None:
        """Close the socket."""
        if self._state == CLOSED:
            return
        self._state = CLOSED
        self._legs.poller.remove(self._descriptor)
        self._socket.close()
        self._backlog = None
        self._pending = 0
        self._on_end()

    def _set_timer(self, seconds: float, callback: Any) -> None:
        """Call this later, and nothing that was to be called before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if callback is None else self._legs.loop.call_later(seconds, callback)

    # What depends on the incoming side

    @property
    @abc.abstractmethod
    def _wanted_input(self) -> int:
        """What the poller is to watch for besides WRITE."""

    @abc.abstractmethod
    def _on_end(self) -> None:
        """The socket is closed."""


def control_frame(opcode: int, payload: bytes) -> bytes:
    """A ping, a pong or a close frame of a server."""
    return bytes((FINAL | opcode, len(payload))) + payload
