"""Step 6 on the path of a message: fan-out. Events are encoded once; every connection is sent the same bytes.

This file depends on Daphne's internals, and no other does. The public path to a client is the ASGI `send`. Under Daphne
it costs several times as much as the write itself, and gives no back-pressure. So if the server is Daphne and the
connection is not encrypted, complete WebSocket frames are written to the socket directly while its send buffer is
empty, and to Twisted's transport otherwise. Under any other server, over TLS, or with CHAT_DIRECT_WRITES=off, `send`
is used. docs/decisions/ has the reasons (number 4).

A writer never blocks, and its buffer is bounded. A client that has read everything is sent the next frames whatever
their size. A client with unread data may have `limit` bytes pending; past that it is closed as a slow reader.
"""

import asyncio
import contextlib
import functools
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp
from twisted.protocols.policies import ProtocolWrapper

from chat.metrics import counted
from chat.wire.errors import CloseCode

Send = Callable[[dict[str, Any]], Awaitable[None]]
STALL_SECONDS = 30.0  # a client that reads less than MIN_PROGRESS_BYTES of its backlog in this time is closed
MIN_PROGRESS_BYTES = 64 * 1024
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.02, 0.5  # between two checks of a backlog; doubles from MIN to MAX
OPEN = WebSocketProtocol.STATE_OPEN
MAX_KERNEL_BYTES = 128 * 1024  # unsent bytes that the kernel may hold for one connection
MAX_FRAME_HEADER_BYTES = 10
YIELD_EVERY = 200  # writes in a row before the event loop may do something else
logger = logging.getLogger(__name__)


class Frames:
    """Text frames that are sent together: as texts for the ASGI `send`, and as bytes on the wire for direct writes."""

    __slots__ = ("texts", "wire")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        # Frames of a server are not masked, so every connection gets the same bytes.
        self.wire = b"".join([_frame(text.encode()) for text in texts])


def _frame(payload: bytes) -> bytes:
    """One final text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 2**16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def max_frame_bytes(text: str) -> int:
    """Upper bound of the bytes that a text takes on the wire as one frame."""
    return MAX_FRAME_HEADER_BYTES + (len(text) if text.isascii() else len(text.encode()))


class Writer(Protocol):
    """The outgoing side of one connection."""

    def write(self, frames: Frames) -> None:
        """Send in order, without blocking; does nothing if the connection is closing."""

    def close(self, code: int) -> None:
        """Close after the frames written so far."""

    @property
    def pending_bytes(self) -> int:
        """Bytes that were written and are not sent yet."""

    @property
    def disconnected(self) -> bool:
        """Whether the connection is known to be closed."""

    @property
    def finished(self) -> bool:
        """Whether all frames are sent and the connection is closed."""


async def broadcast(writers: Iterable[Writer], frames: Frames) -> None:
    """Write the same frames to many connections; yields to the event loop every `YIELD_EVERY` writes."""
    for count, writer in enumerate(writers, 1):
        try:
            writer.write(frames)
        except Exception:  # closes this connection only: its client reconnects and resumes
            logger.exception("a connection could not be written to")
            writer.close(CloseCode.GOING_AWAY)
        if count % YIELD_EVERY == 0:
            await asyncio.sleep(0)


async def wait_until_drained(writer: Writer, max_bytes: int) -> None:
    """Wait until at most `max_bytes` are pending. A client that does not make progress is closed as a slow reader."""
    backlog, waited, pause = writer.pending_bytes, 0.0, MIN_POLL_SECONDS
    while writer.pending_bytes > max_bytes:
        if waited > STALL_SECONDS:
            return writer.close(CloseCode.SLOW_READER)
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(2 * pause, MAX_POLL_SECONDS)
        if backlog - writer.pending_bytes >= MIN_PROGRESS_BYTES:
            backlog, waited = writer.pending_bytes, 0.0


def writer_for(send: Send, *, direct: bool, limit: int) -> Writer:
    """The fastest writer for the connection behind an ASGI `send`. `limit`: bytes that may be pending."""
    protocol = _daphne_protocol(send)
    transport: Any = getattr(protocol, "transport", None)
    while isinstance(transport, ProtocolWrapper):  # such as TLS
        transport = transport.transport
    if not isinstance(transport, tcp.Connection):
        log_path("the server's send")
        return AsgiWriter(send, limit)
    if transport.connected:
        limit_kernel_buffer(transport.socket)
    if not direct or protocol.transport is not transport or transport.TLS:
        log_path("Daphne's send")
        return AsgiWriter(send, limit, transport)
    log_path("Daphne's sockets")
    return DirectWriter(protocol, limit)


def limit_kernel_buffer(connection: socket.socket) -> None:
    """Limit the unsent bytes in the kernel, so that a stalled client has its backlog here.

    The kernel would take megabytes, a copy for each connection, and writing to stalled clients would cost more than
    writing to all others. Here the pending bytes are counted, and shared between the connections. On TCP the
    option TCP_NOTSENT_LOWAT is the limit. A Unix socket has no such option: there it is the buffer of the sender,
    which has all bytes that the other side has not read.
    """
    with contextlib.suppress(OSError):
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_KERNEL_BYTES)
        elif connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > MAX_KERNEL_BYTES:
            # Linux doubles this, for what it keeps beside the bytes.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_KERNEL_BYTES // 2)


@functools.cache
def log_path(way: str) -> None:
    """Tell the owner which way frames go, once for each."""
    logger.info("frames go out by %s", way)


def _daphne_protocol(send: Send) -> Any:
    """The protocol in Daphne's `send`, a `partial(server.handle_reply, protocol)`; None under other servers."""
    if isinstance(send, functools.partial) and isinstance(getattr(send.func, "__self__", None), Server):
        return next((part for part in send.args if isinstance(part, WebSocketProtocol)), None)
    return None


def _buffered_bytes(transport: tcp.Connection) -> int:
    """Bytes in Twisted's send buffer; 0 once the connection is closed."""
    if not transport.connected:
        return 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen


class DirectWriter:
    """Writes frames to the socket of a Daphne connection."""

    __slots__ = ("_limit", "_protocol", "_transport")

    def __init__(self, protocol: WebSocketProtocol, limit: int) -> None:
        self._protocol = protocol
        self._transport: tcp.Connection = protocol.transport
        self._limit = limit

    def write(self, frames: Frames) -> None:
        """To the socket if the transport's buffer is empty; what the socket does not take goes to the transport."""
        transport, data = self._transport, frames.wire
        if self._protocol.state != OPEN or transport.disconnecting:
            return
        if transport.dataBuffer or transport._tempDataLen:
            return self._enqueue(data)
        try:
            sent = transport.socket.send(data)
        except OSError:  # the buffer is full, or the connection broken: the transport finds out which
            sent = 0
        if sent < len(data):
            transport.write(data[sent:])

    def _enqueue(self, data: bytes) -> None:
        """To the transport's buffer; past the limit the client is closed as a slow reader."""
        if self.pending_bytes + len(data) > self._limit:
            self.close(CloseCode.SLOW_READER)
        else:
            self._transport.write(data)

    @property
    def pending_bytes(self) -> int:
        """Bytes in Twisted's send buffer."""
        return _buffered_bytes(self._transport)

    def close(self, code: int) -> None:
        """Send a close frame; Autobahn drops the connection if it is not answered."""
        if self._protocol.state == OPEN:
            counted.CLOSED.add(str(int(code)))
            self._protocol.serverClose(code=int(code))

    @property
    def disconnected(self) -> bool:
        """Whether the connection is closed."""
        return not self._transport.connected

    finished = disconnected  # Twisted closes a connection only when its buffer is empty, so both are the same


class AsgiWriter:
    """Sends frames through the ASGI `send`, in order, by one task that runs while the queue is not empty."""

    __slots__ = ("_closing", "_limit", "_queue", "_send", "_size", "_task", "_transport")

    def __init__(self, send: Send, limit: int, transport: tcp.Connection | None = None) -> None:
        self._send = send
        self._limit = limit
        self._transport = transport  # the one behind `send`, if it is known
        self._queue: deque[Frames | int] = deque()
        self._size = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def write(self, frames: Frames) -> None:
        """Put into the queue of this connection."""
        if self._closing:
            return
        pending, size = self.pending_bytes, len(frames.wire)
        if pending and pending + size > self._limit:
            self._queue.clear()
            return self.close(CloseCode.SLOW_READER)
        self._size += size
        self._put(frames)

    @property
    def pending_bytes(self) -> int:
        """Bytes in the queue, unless the connection is closing, and in the server's buffer if that is known."""
        return (0 if self._closing else self._size) + (
            0 if self._transport is None else _buffered_bytes(self._transport)
        )

    def close(self, code: int) -> None:
        """Close after the frames in the queue."""
        if not self._closing:
            self._closing = True
            counted.CLOSED.add(str(int(code)))
            self._put(int(code))

    def _put(self, item: Frames | int) -> None:
        self._queue.append(item)
        if self._task is None:
            self._task = asyncio.create_task(self._pump())

    async def _pump(self) -> None:
        try:
            while self._queue:
                await self._forward(self._queue.popleft())
        except Exception as error:  # each server raises an exception of its own for a closed connection
            logger.debug("a connection was closed while it was written to: %r", error)
            self._closing = True
            self._queue.clear()
        finally:
            self._task = None

    async def _forward(self, item: Frames | int) -> None:
        if isinstance(item, int):
            return await self._send({"type": "websocket.close", "code": item})
        for text in item.texts:
            await self._send({"type": "websocket.send", "text": text})
        self._size -= len(item.wire)

    @property
    def disconnected(self) -> bool:
        """Whether the connection is closed; False if that is not known."""
        return self._transport is not None and not self._transport.connected

    @property
    def finished(self) -> bool:
        """Whether the queue is empty, and the connection is closed if that is known."""
        return self._task is None and (self._transport is None or self.disconnected)
