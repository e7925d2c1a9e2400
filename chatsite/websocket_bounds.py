"""Bounds on what a WebSocket by way of Twisted may take of `manage.py serve`. Most take chatsite/websocket/ instead.

Attack: frames faster than they can be processed, which Daphne would queue until there is no memory left; frames that no
application sees and none can limit (pings, fragments, empty fragments); frames before the handshake is answered, which
Autobahn would keep without a bound; large frames that are begun on many connections and never finished; a close frame
from a client that never reads what is buffered for it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from daphne.ws_protocol import WebSocketProtocol

from chat.wire.errors import CloseCode
from chatsite.reactor import reactor
from chatsite.websocket.bounds import FRAMES_PER_TURN, LINGER_SECONDS, STEPS_PER_FRAME, STEPS_PER_LONGEST_MESSAGE

RECEIVING_STATES = {WebSocketProtocol.STATE_OPEN, WebSocketProtocol.STATE_CLOSING}
QUEUE_BYTES = 64 * 1024  # received for an application and not taken yet; with more, its client is not read from
MESSAGE_OVERHEAD_BYTES = 512  # of a message in the queue, beside its text; an estimate
STEPS_PER_READ = STEPS_PER_FRAME * FRAMES_PER_TURN  # calls of Autobahn's parser: a header and a payload each
logger = logging.getLogger(__name__)


class ReceiveQueue(asyncio.Queue[dict[str, Any]]):
    """What was received for an application and not taken yet, with its size."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0
        self._when_half_empty: Callable[[], object] | None = None

    @property
    def is_full(self) -> bool:
        """Whether the application should take from it before more is read."""
        return self._bytes >= QUEUE_BYTES

    def call_when_half_empty(self, callback: Callable[[], object]) -> None:
        """Call this once, soon after half of the queue was taken."""
        self._when_half_empty = callback

    def put_nowait(self, message: dict[str, Any]) -> None:
        """From the connection."""
        self._bytes += _size(message)
        super().put_nowait(message)

    def get_nowait(self) -> dict[str, Any]:
        """To the application."""
        message = super().get_nowait()
        self._bytes -= _size(message)
        if self._when_half_empty is not None and self._bytes <= QUEUE_BYTES // 2:
            asyncio.get_running_loop().call_soon(self._when_half_empty)
            self._when_half_empty = None
        return message


def _size(message: dict[str, Any]) -> int:
    return MESSAGE_OVERHEAD_BYTES + len(message.get("text") or message.get("bytes") or "")


class WebSocket(WebSocketProtocol):  # type: ignore[misc]  # no types
    """One WebSocket. It is read from when the process has time, and its queue has space."""

    failByDrop = False  # a client that breaks the protocol gets a close frame with the reason

    def connectionMade(self) -> None:
        """Detach the connection from the HTTP channel that it was upgraded from."""
        self.transport.unregisterProducer()
        self._second = self._steps_in_second = 0
        self._discard_input = False
        super().connectionMade()

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = ()) -> None:
        """Refuse the handshake, in a response that no cache stores."""
        if code == 400:
            logger.warning(
                "a WebSocket handshake is not valid (%.200s): the proxy in front of the server has to pass the headers "
                "Upgrade and Connection on",
                ascii(reason),
                extra={"once_per_minute": True},
            )
        super().failHandshake(reason, code, [*(responseHeaders or ()), ("Cache-Control", "no-store")])

    def consumeData(self) -> None:
        """Process what was received, a limited number of steps at a time; TCP makes the client wait for the rest."""
        if self.state in RECEIVING_STATES:
            if self._process_input():
                self.transport.resumeProducing()
            else:
                self.transport.pauseProducing()
        elif hasattr(self, "handshake_deferred"):  # it waits for the application's answer
            self.transport.pauseProducing()
        else:
            super().consumeData()

    def onOpen(self) -> None:
        """The handshake is answered: read again, if HTTP or `consumeData` paused the transport."""
        super().onOpen()
        self.transport.resumeProducing()

    def _process_input(self) -> bool:
        """Whether all input was processed, so that more may be read."""
        queue, size, steps, more = self.application_queue, len(self.data), 0, True
        while (
            more
            and steps < STEPS_PER_READ
            and not queue.is_full
            and not self._discard_input
            and self.state in RECEIVING_STATES
        ):
            steps += 1
            more = self.processData()
        self._count(steps, size - len(self.data))
        if self._discard_input:
            return False
        if not more or self.state not in RECEIVING_STATES:
            return True
        if queue.is_full:
            queue.call_when_half_empty(self._continue_later)
        else:
            self._continue_later()
        return False

    def _continue_later(self) -> None:
        """After a pause; without one if frames are not limited."""
        reactor.callLater(self.server.websocket_bounds.read_pause_seconds, self.consumeData)

    def _count(self, steps: int, size: int) -> None:
        """Count frames of every kind: an application sees only messages, and none after it has closed."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._steps_in_second = second, 0
        self._steps_in_second += steps + STEPS_PER_LONGEST_MESSAGE * size // self.maxMessagePayloadSize
        if self._steps_in_second > STEPS_PER_FRAME * self.server.websocket_bounds.max_frames_per_second:
            self._discard_input = True
            self.serverClose(int(CloseCode.RATE_LIMITED))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """To the application, until it has closed the connection."""
        if self.state == self.STATE_OPEN:
            super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer, unless the client does not read the answers before this one."""
        if not self.transport._isSendBufferFull():
            super().onPing(payload)

    def _max_message_size_exceeded(self, *sizes: Any) -> None:
        """Ignore the rest of the message."""
        self._discard_input = True
        super()._max_message_size_exceeded(*sizes)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """From the application. Daphne drops empty messages."""
        super().handle_reply(message)
        if message["type"] == "websocket.send":
            text, data = message.get("text"), message.get("bytes")
            if text == "" and not data:
                self.serverSend("")
            elif data == b"" and not text:
                self.serverSend(b"", binary=True)

    def dropConnection(self, abort: bool = False) -> None:
        """Flush to a client that has closed the connection, but not for ever.

        A client that has not answered a close frame in time may only be slow. An abort would be a TCP reset: the system
        discards what it could not deliver yet, and a client that writes before it reads never sees the close frame.
        """
        if self.wasCloseHandshakeTimeout and not self.transport.dataBuffer:
            abort = False
        super().dropConnection(abort)
        if not abort:
            reactor.callLater(LINGER_SECONDS, self.transport.abortConnection)
