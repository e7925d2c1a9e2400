"""One WebSocket: a socket, a parser, and the consumer that takes the messages.

Attack: frames faster than they can be processed; frames that no application sees and none can limit (pings, fragments,
empty fragments); frames before the handshake is answered; a close frame from a client that never reads what is buffered
for it; a client that reads nothing. It is read from when the process has time and the consumer waits for nothing, a
bounded number of frames at a time; otherwise TCP makes the client wait. What it does not read is bounded too.

A leg is the consumer's writer as well (chat/wire/fanout.py), so an idle connection is three small objects.
"""

import asyncio
import errno
import logging
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from chat.entrance import request_id
from chat.metrics import counted
from chat.wire.errors import CloseCode
from chat.wire.fanout import Frames, Writer
from chatsite.websocket.bounds import (
    FRAMES_PER_TURN,
    LINGER_SECONDS,
    STEPS_PER_FRAME,
    STEPS_PER_LONGEST_MESSAGE,
)
from chatsite.websocket.handshake import FAILED
from chatsite.websocket.parser import CLOSE, FINAL, PING, PONG, Control, Parser, ProtocolViolation
from chatsite.websocket.poller import BROKEN, HUNG_UP, LEFT, NOTHING, READ, WRITE

if TYPE_CHECKING:
    from chatsite.websocket.legs import Legs

READ_BYTES = 64 * 1024
MAX_LINGER_READS = 16
BUFFERS_PER_CALL = 64  # for sendmsg()
MAX_PENDING_FOR_PONG_BYTES = 64 * 1024  # a client with more does not read the answers before this one
CLOSE_SECONDS = 1  # for the client to answer a close frame
APPLICATION_CLOSE_SECONDS = 3  # for an application to end after its connection; then it is cancelled
NORMAL, INTERNAL_ERROR = 1000, 1011  # close codes
TEMPORARY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ENOBUFS}  # the socket says when to try again
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: discard what is not sent yet

# In this order.
CONNECTING = 0  # the handshake is not answered
OPEN = 1
CLOSING = 2  # a close frame was sent, that of the client is awaited
ENDING = 3  # both were; what is buffered is flushed
LINGERING = 4  # the client did not answer: it is told that nothing follows, and what it sends is discarded
CLOSED = 5
logger = logging.getLogger(__name__)


class Consumer(Protocol):
    """The application of one connection. chat/consumers.py has the one of the chat."""

    async def open(self, scope: Any, writer: Writer) -> None:
        """Begin. The handshake is answered with the first write, or when this ends."""

    def take(self, text: str | None, data: bytes | None) -> Awaitable[None] | None:
        """One message. It is done, unless there is something to wait for; the next one is taken after that."""

    def leave(self) -> None:
        """The connection is closed."""


class Leg:
    """One WebSocket. It begins with `start`."""

    __slots__ = (
        "_backlog",
        "_consumer",
        "_descriptor",
        "_events",
        "_legs",
        "_parser",
        "_pending",
        "_request_id",
        "_resting",
        "_second",
        "_socket",
        "_state",
        "_steps",
        "_timer",
        "heard",
        "task",
    )

    def __init__(self, legs: "Legs", connection: socket.socket, consumer: Consumer) -> None:
        """The poller watches the connection for READ already."""
        self._legs = legs
        self._socket = connection
        self._descriptor = connection.fileno()
        self._consumer: Consumer | None = consumer  # None: it has left
        self._parser: Parser | None = Parser(legs.bounds.max_message_bytes)  # None: what follows is not read
        self._backlog: deque[bytes | memoryview] | None = None  # what the socket did not take, and its size
        self._pending = 0
        self._state = CONNECTING
        self._events = READ
        self._resting = False  # between two turns
        self._second = self._steps = 0
        self._request_id = ""
        self._timer: asyncio.TimerHandle | None = None
        self.heard = legs.sweeps
        self.task: asyncio.Task[None] | None = None  # of the application, if it waits

    def start(self, scope: dict[str, Any], response: bytes, received: bytes) -> None:
        """Let the consumer begin. `response` accepts the upgrade; `received` followed its head."""
        self._request_id = request_id.current()
        self._legs.poller.handlers[self._descriptor] = self
        self._backlog = deque((response,))  # not pending: it goes out with the first frames
        assert self._parser is not None
        self._parser.feed(received)
        assert self._consumer is not None
        self._wait_for(self._consumer.open(scope, self))

    # To the client: the writer of the consumer

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
            self._send(_control_frame(PING, b""))

    def abort(self) -> None:
        """Close the connection, and discard what is not sent."""
        if self._state != CLOSED:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._end()

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
        frame = _control_frame(CLOSE, int(code).to_bytes(2, "big"))
        self._send(self._accept() + frame if self._state == CONNECTING else frame)
        self._state = CLOSING
        self._set_timer(CLOSE_SECONDS, self._on_no_answer)

    def _on_no_answer(self) -> None:
        """A reset would make the system discard what it could not deliver yet, and a client may only be slow."""
        if self._backlog:
            self.abort()
        elif self._parser is None:  # it sends too much to be listened to
            self._end()
        else:
            self._state, self._steps = LINGERING, 0
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            self._set_timer(LINGER_SECONDS, self._end)
            self._update()

    # From the client

    def on_event(self, events: int) -> None:
        """The socket can be read or written, or is broken."""
        if events & WRITE:
            self._flush()
        if self._state == CLOSED:
            return
        if self._events & READ:
            if events & ~WRITE:
                self._read()
        elif events & BROKEN or (events & HUNG_UP and (self._backlog or self._state > OPEN)):
            self._end()
        elif events & (HUNG_UP | LEFT):
            self._on_left()

    @property
    def is_read(self) -> bool:
        """Whether what the client sends is read now."""
        if self._state == LINGERING:
            return True
        is_free = self.task is None and not self._resting and self._parser is not None
        return is_free and self._state in {OPEN, CLOSING}

    def _update(self) -> None:
        """Let the poller watch for what is wanted now."""
        wanted = WRITE if self._backlog and self._state != CONNECTING else 0
        if self.is_read:
            wanted |= READ
        elif self.task is not None and self._timer is None:
            wanted |= LEFT
        if wanted != self._events and self._state != CLOSED:
            self._events = wanted
            self._legs.poller.modify(self._descriptor, wanted or NOTHING)

    def _on_left(self) -> None:
        """The client has left, and is not read from just now. What it has sent before is still taken."""
        if self.task is not None:
            self._set_timer(APPLICATION_CLOSE_SECONDS, self.task.cancel)
        self._update()

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except OSError as error:
            if error.errno not in TEMPORARY:
                self._end()
            return
        if not data:
            return self._end()
        self.heard = self._legs.sweeps
        if self._state == LINGERING:
            return self._discard()
        request_id.resume(self._request_id)
        assert self._parser is not None, "otherwise it is not read from"
        self._parser.feed(data)
        if self._is_within_rate(1 + STEPS_PER_LONGEST_MESSAGE * len(data) // self._legs.bounds.max_message_bytes):
            self._take_turn()

    def _discard(self) -> None:
        self._steps += 1
        if self._steps > MAX_LINGER_READS:
            self._end()

    def _take_turn(self) -> None:
        """Take a limited number of frames, unless the consumer waits for something or the connection closes."""
        count = 0
        try:
            while self._parser is not None and self.task is None:
                if count == FRAMES_PER_TURN:
                    self._rest()
                    break
                frame = self._parser.next_frame()
                if frame is None:
                    break
                count += 1
                self._take(frame)
        except ProtocolViolation as violation:
            self._fail(violation.code)
        if self._state <= CLOSING:
            self._is_within_rate(STEPS_PER_FRAME * count)
            self._update()

    def _rest(self) -> None:
        self._resting = True
        self._legs.loop.call_later(self._legs.bounds.read_pause_seconds, self._end_rest)

    def _end_rest(self) -> None:
        self._resting = False
        if self._state <= CLOSING:
            self._take_turn()

    def _is_within_rate(self, steps: int) -> bool:
        """Count frames of every kind: an application sees only messages, and none after it has closed."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._steps = second, 0
        self._steps += steps
        if self._steps <= STEPS_PER_FRAME * self._legs.bounds.max_frames_per_second:
            return True
        self._fail(CloseCode.RATE_LIMITED)
        return False

    def _take(self, frame: object) -> None:
        if isinstance(frame, Control):
            return self._take_control(frame)
        if self._state != OPEN or self._consumer is None:
            return
        try:
            if isinstance(frame, str):
                self._wait_for(self._consumer.take(frame, None))
            elif isinstance(frame, bytes):
                self._wait_for(self._consumer.take(None, frame))
        except Exception:
            logger.exception("an application failed")
            self._fail(INTERNAL_ERROR)

    def _take_control(self, frame: Control) -> None:
        if frame.opcode == CLOSE:
            if self._state == OPEN:
                self._send(_control_frame(CLOSE, NORMAL.to_bytes(2, "big")))
            self._flush_and_end()
        elif frame.opcode == PING and self._state == OPEN and self._pending < MAX_PENDING_FOR_PONG_BYTES:
            self._send(_control_frame(PONG, frame.payload))

    def _fail(self, code: int) -> None:
        """Close, and read nothing more."""
        self._parser = None
        if self._state <= OPEN:
            self._close(code)
        self._update()

    # The consumer

    def _wait_for(self, waiting: Awaitable[None] | None) -> None:
        """Take nothing more until the consumer is done."""
        if waiting is not None:
            self.task = asyncio.ensure_future(waiting)
            self.task.add_done_callback(self._on_done)
            self._update()

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        self.task = None
        if self._state <= OPEN:
            self._set_timer(0, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("an application failed", exc_info=error)
        if self._state == CLOSED:
            self._leave()
        elif error is not None:
            self._on_failure()
        else:
            if self._state == CONNECTING:
                self._send(self._accept())
            self._take_turn()

    def _on_failure(self) -> None:
        if self._state == CONNECTING:
            self._backlog = None
            self._send(FAILED)
            self._state = OPEN
            self._parser = None
            self._flush_and_end()
        else:
            self._fail(INTERNAL_ERROR)

    def _leave(self) -> None:
        """The consumer knows this object: without the cycle both are freed at once."""
        self._legs.ending.discard(self)
        self._set_timer(0, None)
        consumer, self._consumer = self._consumer, None
        try:
            if consumer is not None:
                consumer.leave()
        except Exception:  # the caller has other connections to look after
            logger.exception("an application failed")

    # The end

    def _flush_and_end(self) -> None:
        """Both sides have said goodbye. Flush what is buffered, but not for ever."""
        self._parser = None
        self._state = ENDING
        if self._backlog:
            self._set_timer(LINGER_SECONDS, self.abort)
            self._update()
        else:
            self._end()

    def _end(self) -> None:
        """Close the socket. An application that still runs has some time to end."""
        if self._state == CLOSED:
            return
        self._state = CLOSED
        self._legs.poller.remove(self._descriptor)
        self._socket.close()
        self._backlog, self._parser = None, None
        self._pending = 0
        if self.task is None:
            self._leave()
        else:
            self._legs.ending.add(self)
            self._set_timer(APPLICATION_CLOSE_SECONDS, self.task.cancel)

    def _set_timer(self, seconds: float, callback: Any) -> None:
        """Call this later, and nothing that was to be called before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if callback is None else self._legs.loop.call_later(seconds, callback)


def _control_frame(opcode: int, payload: bytes) -> bytes:
    return bytes((FINAL | opcode, len(payload))) + payload
