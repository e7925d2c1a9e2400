"""WebSockets that cannot take more of this process than their share, as `manage.py serve` speaks them.

Attack: frames faster than they can be dealt with, which Daphne would queue until there is no memory left; frames that
no application ever sees and so none can limit (pings, fragments, empty fragments); frames before the handshake is
answered, which Autobahn would keep without end; large frames that are begun on many connections and never finished; a
goodbye from somebody who never takes what waits for them.
"""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor

from chat.conf import Conf
from chat.wire.protocol import CloseCode

OPEN = {WebSocketProtocol.STATE_OPEN, WebSocketProtocol.STATE_CLOSING}  # frames come
core: Any = reactor  # the name is a module to type checkers
INBOX = 64 * 1024  # bytes that wait for an application before its client has to wait too
MESSAGE = 512  # bytes that a message costs beside its text, about
STEPS_OF_FRAME = 2  # its head, and what is in it
STEPS_OF_LONGEST = 32  # more, for as many bytes as a message can have
TURN = 40  # steps before other connections have theirs: a millisecond or so, with what the application does
REST_SECONDS = 0.005  # until a connection that brought more than a turn has its next one
LINGER_SECONDS = 2  # for what waits for somebody who has said goodbye


class Allowance(NamedTuple):
    """What one WebSocket may bring: `message` bytes in a message, and `frames` of any kind in a second."""

    message: int
    frames: float

    @classmethod
    def of(cls, conf: Conf) -> "Allowance":
        """As much as the chat may have a use for, and not much more.

        JSON can take twelve bytes for a character. Of messages the chat itself refuses all but a twentieth of these
        frames, and says so (chat/entrance/limits.py).
        """
        frames = 20 * (conf.rate + conf.rate_burst) if conf.rate else math.inf
        return cls(max(2**16, 12 * conf.max_message + 4096), frames)


class Inbox(asyncio.Queue[dict[str, Any]]):
    """What has come for an application and was not taken yet, weighed."""

    def __init__(self) -> None:
        super().__init__()
        self._weight = 0
        self._go_on: Callable[[], object] | None = None

    @property
    def is_full(self) -> bool:
        """Whether what waits should be taken first."""
        return self._weight >= INBOX

    def when_half_empty(self, go_on: Callable[[], object]) -> None:
        """Call this once, soon after."""
        self._go_on = go_on

    def put_nowait(self, message: dict[str, Any]) -> None:
        """From the connection."""
        self._weight += _weigh(message)
        super().put_nowait(message)

    def get_nowait(self) -> dict[str, Any]:
        """To the application."""
        message = super().get_nowait()
        self._weight -= _weigh(message)
        if self._go_on is not None and self._weight <= INBOX // 2:
            asyncio.get_running_loop().call_soon(self._go_on)
            self._go_on = None
        return message


def _weigh(message: dict[str, Any]) -> int:
    return MESSAGE + len(message.get("text") or message.get("bytes") or "")


class WebSocket(WebSocketProtocol):  # type: ignore[misc]  # no types
    """One WebSocket. Its peer is read from when there is time and room for what it says."""

    failByDrop = False  # whoever breaks the protocol is told how before they are cut

    def connectionMade(self) -> None:
        """The connection is HTTP's no more: let go of what HTTP keeps for it."""
        self.transport.unregisterProducer()
        self._second = self._steps = 0
        self._deaf = False  # nothing that its peer says matters any more
        super().connectionMade()

    def consumeData(self) -> None:
        """Deal with what came, so much at a time; TCP holds the peer back until the rest is dealt with."""
        if self.state in OPEN:
            if self._is_done_after_a_turn():
                self.transport.resumeProducing()
            else:
                self.transport.pauseProducing()
        elif hasattr(self, "handshake_deferred"):  # it waits for the application's answer
            self.transport.pauseProducing()
        else:
            super().consumeData()

    def onOpen(self) -> None:
        """The handshake is answered: go on reading, whoever stopped, HTTP or `consumeData`."""
        super().onOpen()
        self.transport.resumeProducing()

    def _is_done_after_a_turn(self) -> bool:
        inbox, size, steps, more = self.application_queue, len(self.data), 0, True
        while more and steps < TURN and not inbox.is_full and not self._deaf and self.state in OPEN:
            steps += 1
            more = self.processData()
        self._count(steps, size - len(self.data))
        if self._deaf:
            return False
        if not more or self.state not in OPEN:
            return True
        if inbox.is_full:
            inbox.when_half_empty(self._rest)
        else:
            self._rest()
        return False

    def _rest(self) -> None:
        """Whoever brings more than a turn waits for the next one; not if frames are to have no limit."""
        core.callLater(REST_SECONDS if math.isfinite(self.server.allowance.frames) else 0, self.consumeData)

    def _count(self, steps: int, size: int) -> None:
        """Of every kind of frame: an application sees only the messages, and none that comes after its goodbye."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._steps = second, 0
        self._steps += steps + STEPS_OF_LONGEST * size // self.maxMessagePayloadSize
        if self._steps > STEPS_OF_FRAME * self.server.allowance.frames:
            self._deaf = True
            self.serverClose(int(CloseCode.RATE_LIMITED))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """To the application, until it has closed the connection."""
        if self.state == self.STATE_OPEN:
            super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer, unless the answers before this one are not taken."""
        if not self.transport._isSendBufferFull():
            super().onPing(payload)

    def _max_message_size_exceeded(self, *sizes: Any) -> None:
        """The rest of it need not come."""
        self._deaf = True
        super()._max_message_size_exceeded(*sizes)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """From the application. Daphne drops messages that are empty."""
        super().handle_reply(message)
        if message["type"] == "websocket.send":
            text, data = message.get("text"), message.get("bytes")
            if text == "" and not data:
                self.serverSend("")
            elif data == b"" and not text:
                self.serverSend(b"", binary=True)

    def dropConnection(self, abort: bool = False) -> None:
        """Whoever has said goodbye gets what waits for them, but not for ever.

        Whoever has not answered one in time may only be slow. An abort would be a reset: the system takes back what it
        could not deliver yet, and a client that writes before it reads on never sees why it was closed.
        """
        if self.wasCloseHandshakeTimeout and not self.transport.dataBuffer:
            abort = False
        super().dropConnection(abort)
        if not abort:
            core.callLater(LINGER_SECONDS, self.transport.abortConnection)
