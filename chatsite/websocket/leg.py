"""What is received on one WebSocket: frames, which a consumer takes.

Attack: frames faster than they can be processed; frames that no application sees and none can limit (pings, fragments,
empty fragments); frames before the handshake is answered. A client is read from when the process has time and the
consumer waits for nothing, a bounded number of frames at a time; otherwise TCP makes it wait.

A leg is the consumer's writer as well (sender.py), so an idle connection is three small objects.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from chat.entrance import request_id
from chat.wire.errors import CloseCode
from chatsite.websocket.bounds import (
    APPLICATION_CLOSE_SECONDS,
    FRAMES_PER_TURN,
    STEPS_PER_FRAME,
    STEPS_PER_LONGEST_MESSAGE,
)
from chatsite.websocket.consumer import Consumer
from chatsite.websocket.handshake import FAILED
from chatsite.websocket.parser import CLOSE, PING, PONG, Control, Parser, ProtocolViolation
from chatsite.websocket.poller import BROKEN, HUNG_UP, LEFT, READ, WRITE
from chatsite.websocket.sender import CLOSED, CLOSING, CONNECTING, LINGERING, OPEN, TEMPORARY, Sender, control_frame

if TYPE_CHECKING:
    from chatsite.websocket.legs import Legs

READ_BYTES = 64 * 1024
MAX_LINGER_READS = 16
MAX_PENDING_FOR_PONG_BYTES = 64 * 1024  # a client with more does not read the answers before this one
NORMAL, INTERNAL_ERROR = 1000, 1011  # close codes
logger = logging.getLogger(__name__)


class Leg(Sender):
    """One WebSocket. It begins with `start`."""

    __slots__ = ("_consumer", "_discarded", "_parser", "_request_id", "_resting", "_second", "_steps", "heard", "task")

    def __init__(self, legs: "Legs", connection: socket.socket, consumer: Consumer) -> None:
        """The poller watches the connection for READ already."""
        super().__init__(legs, connection)
        self._consumer: Consumer | None = consumer  # None: it has left
        self._parser: Parser | None = Parser(legs.bounds.max_message_bytes)  # None: what follows is not read
        self._resting = False  # between two turns
        self._second = self._steps = 0
        self._discarded = 0  # reads
        self._request_id = ""
        self.heard = legs.sweeps
        self.task: asyncio.Task[None] | None = None  # of the application, if it waits

    def start(self, scope: dict[str, Any], response: bytes, received: bytes) -> None:
        """Let the consumer begin. `response` accepts the upgrade; `received` followed its head."""
        self._request_id = request_id.current()
        self._legs.poller.handlers[self._descriptor] = self
        self._answer_with(response)
        assert self._parser is not None
        self._parser.feed(received)
        assert self._consumer is not None
        self._wait_for(self._consumer.open(scope, self))

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

    @property
    def _wanted_input(self) -> int:
        if self.is_read:
            return READ
        return LEFT if self.task is not None and self._timer is None else 0

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
        self._discarded += 1
        if self._discarded > MAX_LINGER_READS:
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
                self._send(control_frame(CLOSE, NORMAL.to_bytes(2, "big")))
            self._parser = None
            self._flush_and_end()
        elif frame.opcode == PING and self._state == OPEN and self._pending < MAX_PENDING_FOR_PONG_BYTES:
            self._send(control_frame(PONG, frame.payload))

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
            self._parser = None
            self._answer_with(FAILED)
            self._send(self._accept())
            self._flush_and_end()
        else:
            self._fail(INTERNAL_ERROR)

    def _on_end(self) -> None:
        """The socket is closed. An application that still runs has some time to end."""
        self._parser = None
        if self.task is None:
            self._leave()
        else:
            self._legs.ending.add(self)
            self._set_timer(APPLICATION_CLOSE_SECONDS, self.task.cancel)

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
