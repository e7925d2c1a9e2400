"""Step 6 on the path of a message: events encoded once, the same bytes to every connection.

This is the one daring file. The public way to a browser is the ASGI `send`; under Daphne it costs several times what
the bytes cost themselves, and it never says that a reader has stalled. So, where the server is recognised as Daphne and
the connection is not encrypted, ready-made frames go straight to the socket while nothing waits before them, and
through Twisted's transport when something does. Under any other server, over TLS, or with CHAT_DIRECT_WRITES=off,
`send` is used. docs/decisions/0004-frames-to-the-socket.md says more.

A writer never blocks and never grows without bound. Whoever has read everything so far may be sent whatever comes
next, however large; whoever has not may let `limit` bytes pile up, and is closed as a slow reader past that.
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

from chat.wire.protocol import CloseCode

Send = Callable[[dict[str, Any]], Awaitable[None]]
STALL_SECONDS = 30.0  # for a reader to take PACE_BYTES of a backlog that is sent at its pace
MIN_PROGRESS_BYTES = 64 * 1024
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.02, 0.5  # between two looks at how far a reader has come: often at first
OPEN = WebSocketProtocol.STATE_OPEN
MAX_KERNEL_BYTES = 128 * 1024  # bytes that the system may hold for a reader who takes nothing
MAX_FRAME_HEADER_BYTES = 10  # bytes in front of a text, at most
YIELD_EVERY = 200  # connections written to before the event loop may read and accept again
logger = logging.getLogger(__name__)


class Frames:
    """Text frames that go out together: as texts for the public way, and as one stretch of bytes for the direct one."""

    __slots__ = ("texts", "wire")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        # As a server sends them: unmasked, so the same for everybody.
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
    """Bytes of a text as a frame, at most."""
    return MAX_FRAME_HEADER_BYTES + (len(text) if text.isascii() else len(text.encode()))


class Writer(Protocol):
    """The way to one connection."""

    def write(self, frames: Frames) -> None:
        """Send soon, in order; drop quietly if the connection is closing."""

    def close(self, code: int) -> None:
        """Close after what was written."""

    @property
    def waiting(self) -> int:
        """Bytes that its reader has not taken yet."""

    @property
    def gone(self) -> bool:
        """Whether the connection is known to be over."""

    @property
    def done(self) -> bool:
        """Whether everything has left and the connection is closed."""


async def broadcast(writers: Iterable[Writer], frames: Frames) -> None:
    """The same frames to many connections, with room for the event loop in between."""
    for count, writer in enumerate(writers, 1):
        try:
            writer.write(frames)
        except Exception:  # one connection's trouble is not the others'; it comes back and resumes
            logger.exception("a connection could not be written to")
            writer.close(CloseCode.GOING_AWAY)
        if count % YIELD_EVERY == 0:
            await asyncio.sleep(0)


async def wait_until_drained(writer: Writer, most: int) -> None:
    """Wait until at most so many bytes wait for a reader; one that hardly moves is closed as a slow reader."""
    waiting, waited, pause = writer.waiting, 0.0, MIN_POLL_SECONDS
    while writer.waiting > most:
        if waited > STALL_SECONDS:
            return writer.close(CloseCode.SLOW_READER)
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(2 * pause, MAX_POLL_SECONDS)
        if waiting - writer.waiting >= MIN_PROGRESS_BYTES:
            waiting, waited = writer.waiting, 0.0


def writer_for(send: Send, *, direct: bool, limit: int) -> Writer:
    """The best way to the connection behind an ASGI `send`; `limit` is what may wait for its reader, in bytes."""
    protocol = _daphne_protocol(send)
    transport: Any = getattr(protocol, "transport", None)
    while isinstance(transport, ProtocolWrapper):  # such as TLS
        transport = transport.transport
    if not isinstance(transport, tcp.Connection):
        _log_once("the server's send")
        return AsgiWriter(send, limit)
    _limit_kernel_buffer(transport)
    if not direct or protocol.transport is not transport or transport.TLS:
        _log_once("Daphne's send")
        return AsgiWriter(send, limit, transport)
    _log_once("Daphne's sockets")
    return DirectWriter(protocol, limit)


def _limit_kernel_buffer(transport: tcp.Connection) -> None:
    """Let the system hold little for a reader who takes nothing: what follows waits here, and counts.

    It would take megabytes, each reader's a copy, and make writing to the stalled dearer than to all others. Here, on
    the direct way, the same bytes wait for everybody.
    """
    with contextlib.suppress(OSError):  # a Unix socket has no such option, and holds little
        if transport.connected:
            transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_KERNEL_BYTES)


@functools.cache
def _log_once(way: str) -> None:
    logger.info("frames go out by %s", way)


def _daphne_protocol(send: Send) -> Any:
    """Daphne gives an application `partial(server.handle_reply, protocol)`; anything else gives None."""
    if isinstance(send, functools.partial) and isinstance(getattr(send.func, "__self__", None), Server):
        return next((part for part in send.args if isinstance(part, WebSocketProtocol)), None)
    return None


def _buffered_bytes(transport: tcp.Connection) -> int:
    """Bytes that Twisted holds for a reader who is still there."""
    if not transport.connected:
        return 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen


class DirectWriter:
    """Frames straight to the socket of a Daphne connection."""

    __slots__ = ("_limit", "_protocol", "_transport")

    def __init__(self, protocol: WebSocketProtocol, limit: int) -> None:
        self._protocol = protocol
        self._transport: tcp.Connection = protocol.transport
        self._limit = limit

    def write(self, frames: Frames) -> None:
        """To the socket if nothing waits before it, the rest to the transport."""
        transport, data = self._transport, frames.wire
        if self._protocol.state != OPEN or transport.disconnecting:
            return
        if transport.dataBuffer or transport._tempDataLen:
            return self._write_behind(data)
        try:
            sent = transport.socket.send(data)
        except OSError:  # no room just now, or a broken connection: the transport finds out which
            sent = 0
        if sent < len(data):
            transport.write(data[sent:])

    def _write_behind(self, data: bytes) -> None:
        """To the transport, behind what it holds; past the limit the reader is too slow."""
        if self.waiting + len(data) > self._limit:
            self.close(CloseCode.SLOW_READER)
        else:
            self._transport.write(data)

    @property
    def waiting(self) -> int:
        """Bytes that Twisted holds for the reader."""
        return _buffered_bytes(self._transport)

    def close(self, code: int) -> None:
        """Send a close frame; Autobahn drops the connection if it is not answered."""
        if self._protocol.state == OPEN:
            self._protocol.serverClose(code=int(code))

    @property
    def gone(self) -> bool:
        """Whether the connection is over."""
        return not self._transport.connected

    done = gone


class AsgiWriter:
    """Frames through the ASGI `send`, one after the other, by one task while there is something to send."""

    __slots__ = ("_closing", "_limit", "_queue", "_send", "_size", "_task", "_transport")

    def __init__(self, send: Send, limit: int, transport: tcp.Connection | None = None) -> None:
        self._send = send
        self._limit = limit
        self._transport = transport  # what is behind `send`, where that can be known
        self._queue: deque[Frames | int] = deque()
        self._size = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def write(self, frames: Frames) -> None:
        """Into the queue of this connection."""
        if self._closing:
            return
        waiting, size = self.waiting, len(frames.wire)
        if waiting and waiting + size > self._limit:
            self._queue.clear()
            return self.close(CloseCode.SLOW_READER)
        self._size += size
        self._put(frames)

    @property
    def waiting(self) -> int:
        """Bytes that wait here, and in the server where that can be known. A closing connection waits for nobody."""
        return (0 if self._closing else self._size) + (
            0 if self._transport is None else _buffered_bytes(self._transport)
        )

    def close(self, code: int) -> None:
        """Close behind what waits."""
        if not self._closing:
            self._closing = True
            self._put(int(code))

    def _put(self, item: Frames | int) -> None:
        self._queue.append(item)
        if self._task is None:
            self._task = asyncio.create_task(self._pump())

    async def _pump(self) -> None:
        try:
            while self._queue:
                await self._pass_on(self._queue.popleft())
        except Exception as error:  # servers raise what they like when a connection is gone
            logger.debug("a connection went away while it was written to: %r", error)
            self._closing = True
            self._queue.clear()
        finally:
            self._task = None

    async def _pass_on(self, item: Frames | int) -> None:
        if isinstance(item, int):
            return await self._send({"type": "websocket.close", "code": item})
        for text in item.texts:
            await self._send({"type": "websocket.send", "text": text})
        self._size -= len(item.wire)

    @property
    def gone(self) -> bool:
        """Whether the connection is over, where that can be known."""
        return self._transport is not None and not self._transport.connected

    @property
    def done(self) -> bool:
        """Whether everything was handed to the server, and the connection is over where that can be known."""
        return self._task is None and (self._transport is None or self.gone)
