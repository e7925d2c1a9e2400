"""HTTP with an end to everything that `manage.py serve` reads, and to the time it takes.

Attack: a body of any size, which Daphne would store whole before anybody looks at it; a header or a body that comes a
byte at a time and never ends; an answer that is asked for and never taken; all of it a thousand times over, until the
process has no memory or no descriptor left.
"""

from io import BytesIO
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet.error import ConnectionAborted
from twisted.protocols import basic
from twisted.python.failure import Failure
from twisted.web import http

LineReceiver: Any = basic.LineReceiver  # half of what they have has types
HTTPChannel: Any = http.HTTPChannel
MAX_BODY = 128 * 1024  # bytes, as they come over the wire; of them Django takes half
REQUEST_SECONDS = 10  # from a request's first byte (or the opening of its connection) to its last
IDLE_SECONDS = 60  # until the next request begins, and for the last answer to be taken
# A sender whose connection is closed while it is still sending may never see the answer. So some of what was refused
# is read and thrown away.
LINGER_BYTES = 512 * 1024
LINGER_SECONDS = 2

TOO_LARGE = b"A request to this site can have %d KiB.\n" % (MAX_BODY // 1024)
REFUSAL = (
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
    % (len(TOO_LARGE), TOO_LARGE)
)


class Request(WebRequest):  # type: ignore[misc]  # no types
    """A request that is kept in memory, and parsed by Django alone."""

    def __init__(self, channel: Any, queued: Any) -> None:
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:
        """The body comes: it is small, and a file of its own would cost a descriptor."""
        self.content = BytesIO()

    def handle_exception(self, exception: BaseException) -> None:
        """The application failed. An answer that has begun is cut off, and so seen to be no whole one."""
        if self._response_started:
            self.loseConnection()
        else:
            super().handle_exception(exception)


class Channel(HTTPChannel):  # type: ignore[misc]  # as above
    """One connection until it becomes a WebSocket, which has bounds of its own."""

    abortTimeout = 5  # s for the last bytes, before a connection that has run out of time is cut

    def __init__(self) -> None:
        super().__init__()
        self._resting = False  # between two requests
        self._body = 0  # bytes of the request under way
        self._refused = False

    def connectionMade(self) -> None:
        """Begin, unless there are too many already."""
        self.requestFactory = Request
        super().connectionMade()
        self.setTimeout(REQUEST_SECONDS)
        if not self.factory.server.has_room_for(self.transport.fileno()):
            # At once: many may be accepted before the reactor gets to an abortConnection().
            self.transport.connectionLost(Failure(ConnectionAborted()))

    def dataReceived(self, data: bytes) -> None:
        """Unlike Twisted's, this gives no new lease of time for every byte."""
        if self._resting:
            self._resting = False
            self.setTimeout(REQUEST_SECONDS)
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:
        """Refuse a body that says itself how large it is before anything of it is asked for."""
        if self.length is not None and self.length > MAX_BODY:
            self._refuse()
        else:
            super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        """Part of a body; or of the next request, which Twisted holds back until this one is answered."""
        if not self._handlingRequest:
            self._body += len(data)
            if self._refused:
                return self._throw_away()
            if self._body > MAX_BODY:
                return self._refuse()
        super().rawDataReceived(data)

    def _refuse(self) -> None:
        self._refused = True
        self._body = 0
        self.transport.write(REFUSAL)
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)

    def _throw_away(self) -> None:
        if self._body > LINGER_BYTES:
            self.transport.abortConnection()

    def requestDone(self, request: Any) -> None:
        """The answer is written, though not yet taken."""
        self._resting = True
        self._body = 0
        super().requestDone(request)
        if self._resting:  # no other request was waiting
            self.setTimeout(IDLE_SECONDS)
