"""Bounds on what `manage.py serve` reads of an HTTP request, and on the time that it takes.

Attack: a body of any size, which Daphne would store whole before the application sees it; a header or a body that is
sent a byte at a time and never ends; a response that is requested and never read; all of it on thousands of
connections, until the process has no memory or no descriptor left.
"""

import weakref
from io import BytesIO
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet.error import ConnectionAborted
from twisted.protocols import basic
from twisted.python.failure import Failure
from twisted.web import http

LineReceiver: Any = basic.LineReceiver  # both are partly untyped
HTTPChannel: Any = http.HTTPChannel
MAX_BODY_BYTES = 128 * 1024  # on the wire; Django accepts half of it
REQUEST_SECONDS = 10  # from a request's first byte (or the opening of its connection) to its last
IDLE_SECONDS = 60  # until the next request begins, and for the client to read the last response
# A client whose connection is closed while it sends may never see the response. So part of a refused body is read and
# discarded.
LINGER_BYTES = 512 * 1024
LINGER_SECONDS = 2

TOO_LARGE = b"A request to this site can have %d KiB.\n" % (MAX_BODY_BYTES // 1024)
TOO_LARGE_RESPONSE = (
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nCache-Control: no-store\r\n"
    b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(TOO_LARGE), TOO_LARGE)
)
BAD_REQUEST_RESPONSE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n"


class Request(WebRequest):  # type: ignore[misc]  # no types
    """A request whose body is kept in memory, and parsed by Django alone."""

    def __init__(self, channel: Any, queued: Any) -> None:
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:
        """Prepare for the body: it is small, and a temporary file would cost a descriptor."""
        self.content = BytesIO()

    def handle_exception(self, exception: BaseException) -> None:
        """The application failed. A response that has begun is cut off: the client sees that it is incomplete."""
        if self._response_started:
            self.loseConnection()
        else:
            super().handle_exception(exception)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Respond without the application, which would have forbidden caches to store it."""
        self.setHeader(b"cache-control", b"no-store")
        super().basic_error(status, status_text, body)


class Channel(HTTPChannel):  # type: ignore[misc]  # as above
    """One connection, until it becomes a WebSocket, which has bounds of its own."""

    abortTimeout = 5  # s for the last bytes, before a connection that has run out of time is cut

    def __init__(self) -> None:
        super().__init__()
        self._is_idle = False  # between two requests
        self._body_bytes = 0  # of the current request
        self._is_refused = False

    def connectionMade(self) -> None:
        """Begin, unless there are too many connections already."""
        self.requestFactory = Request
        self._wrapper = weakref.ref(self.transport.protocol)  # Twisted's, of this channel: weak, or it is a cycle
        super().connectionMade()
        self.setTimeout(REQUEST_SECONDS)
        if not self.factory.server.has_capacity_for(self.transport.fileno()):
            # Immediately: many may be accepted before the reactor handles an abortConnection().
            self.transport.connectionLost(Failure(ConnectionAborted()))

    def dataReceived(self, data: bytes) -> None:
        """Unlike Twisted's, this does not extend the deadline with every byte."""
        if self._is_idle:
            self._is_idle = False
            front = self.factory.server.front
            if front is not None and not self._buffer and front.take_back(self.transport, data):
                return
            self.setTimeout(REQUEST_SECONDS)
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:
        """Refuse a request without one Host, and a body that is too large, before the client is asked for it."""
        if not self._has_valid_host():
            self._is_refused = True
            self._respondToBadRequestAndDisconnect()
        elif self.length is not None and self.length > MAX_BODY_BYTES:
            self._refuse_body()
        else:
            super().allHeadersReceived()

    def _has_valid_host(self) -> bool:
        """A proxy may have chosen this site by one Host, and the application would take another (RFC 9112, 3.2)."""
        hosts = self.requests[-1].requestHeaders.getRawHeaders(b"host", [])
        return len(hosts) == 1 or (not hosts and self._version == b"HTTP/1.0")

    def allContentReceived(self) -> None:
        """The request is complete: the application answers it, unless that is done."""
        if not self._is_refused:
            super().allContentReceived()

    def rawDataReceived(self, data: bytes) -> None:
        """Part of a body; or of the next request, which Twisted holds back until this one is answered.

        Or what followed an upgrade in one read: then the connection is a WebSocket's by now.
        """
        if self.transport.protocol is not self._wrapper():
            self.transport.protocol.dataReceived(data)
            return
        if not self._handlingRequest:
            self._body_bytes += len(data)
            if self._is_refused:
                return self._discard()
            if self._body_bytes > MAX_BODY_BYTES:
                return self._refuse_body()
        super().rawDataReceived(data)

    def _refuse_body(self) -> None:
        self._is_refused = True
        self._body_bytes = 0
        self.transport.write(TOO_LARGE_RESPONSE)
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Twisted's response to a request that it cannot parse has no headers at all."""
        self.transport.write(BAD_REQUEST_RESPONSE)
        self.loseConnection()

    def _discard(self) -> None:
        if self._body_bytes > LINGER_BYTES:
            self.transport.abortConnection()

    def requestDone(self, request: Any) -> None:
        """The response is written, but the client may not have read it yet."""
        self._is_idle = True
        self._body_bytes = 0
        super().requestDone(request)
        if self._is_idle:  # no other request was waiting
            self.setTimeout(IDLE_SECONDS)
