"""Direct writes to the socket of a real Daphne: the client reads complete frames in order, whatever else happens."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Close, Opcode

from chat.wire.fanout import AsgiWriter, DirectWriter, Frames, Writer, writer_for
from tests.support.core.client_end import SEND_BUFFER_BYTES
from tests.support.core.daphne_pair import DaphnePair

LIMIT = 2**20
LARGE = "x" * 200_000  # bytes; more than the socket takes
TEXT, PING, PONG, CLOSE = Opcode.TEXT, Opcode.PING, Opcode.PONG, Opcode.CLOSE


def direct(pair: DaphnePair, limit: int = LIMIT) -> Writer:
    writer = writer_for(pair.send, direct=True, limit=limit)
    assert isinstance(writer, DirectWriter)
    return writer


@pytest.fixture
async def pair_in_handshake() -> AsyncIterator[DaphnePair]:
    """A connection that the application has not accepted yet."""
    server_socket, client_socket = socket.socketpair()
    with server_socket, client_socket:
        yield DaphnePair(server_socket, client_socket)


@pytest.fixture
async def pair(pair_in_handshake: DaphnePair) -> DaphnePair:
    """An open connection with nothing pending."""
    await pair_in_handshake.accept()
    assert pair_in_handshake.read_everything() == []
    assert pair_in_handshake.response is not None
    return pair_in_handshake


def texts(*of: str) -> list[tuple[Opcode, bytes]]:
    return [(TEXT, text.encode()) for text in of]


# Order


async def test_frames_are_written_immediately_while_nothing_is_pending(pair: DaphnePair) -> None:
    direct(pair).write(Frames(["hello", "you"]))
    assert not pair.reactor.wants_to_write
    pair.read()
    assert pair.read_everything() == texts("hello", "you")


async def test_bytes_that_the_socket_does_not_take_follow_through_the_transport(pair: DaphnePair) -> None:
    writer = direct(pair)
    sent = [f"{number}:" + "x" * 3000 for number in range(100)]
    for text in sent:
        writer.write(Frames([text]))
    assert 3000 * 100 - 4 * SEND_BUFFER_BYTES < writer.pending_bytes < LIMIT
    assert pair.read_everything() == texts(*sent)
    assert writer.pending_bytes == 0


@pytest.mark.parametrize("flushed", [False, True], ids=["not flushed", "flushed without success"])
async def test_no_frame_overtakes_pending_bytes(flushed: bool, pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.write(Frames([LARGE]))
    if flushed:
        pair.flush()
    pair.read()  # now the socket could take more, but the rest of the first frame is still pending
    writer.write(Frames(["second"]))
    assert pair.read_everything() == texts(LARGE, "second")


@pytest.mark.parametrize("direct_first", [True, False], ids=["inside a frame", "before a frame"])
@pytest.mark.parametrize("control_frame", ["ping", "pong", "close", "close reply"])
async def test_daphnes_control_frames_are_neither_inside_a_frame_nor_after_a_later_one(
    control_frame: str, direct_first: bool, pair: DaphnePair
) -> None:
    writer = direct(pair)
    if direct_first:
        writer.write(Frames([LARGE]))
        assert writer.pending_bytes, "half of the frame is still pending"
    if control_frame == "ping":
        pair.protocol.last_ping = 0.0
        pair.protocol.check_timeouts()
    elif control_frame == "pong":
        pair.client.send_ping(b"are you there")
        pair.deliver()
    elif control_frame == "close":
        writer.close(4000)
    else:
        pair.client.send_close(1000)
        pair.deliver()
    assert pair.reactor.wants_to_write
    writer.write(Frames(["later"]))
    frames = pair.read_everything()
    opcode = {"ping": PING, "pong": PONG}.get(control_frame, CLOSE)
    later = [] if opcode is CLOSE else [TEXT]
    assert [frame[0] for frame in frames] == [*([TEXT] if direct_first else []), opcode, *later]
    assert frames[0] == (TEXT, LARGE.encode()) or not direct_first
    assert pair.client.parser_exc is None


async def test_nothing_is_written_before_the_end_of_the_handshake(pair_in_handshake: DaphnePair) -> None:
    pair, writer = pair_in_handshake, direct(pair_in_handshake)
    writer.write(Frames(["too early"]))
    writer.close(4000)
    assert not pair.reactor.wants_to_write
    await pair.accept()
    writer.write(Frames(["in time"]))  # while the handshake response is still pending
    assert pair.read_everything() == texts("in time")
    assert pair.response is not None
    assert pair.response.status_code == 101


async def test_frames_are_legal_for_a_client_that_offers_compression() -> None:
    """Daphne does not accept the offer, so all clients get the same frames."""
    server_socket, client_socket = socket.socketpair()
    with server_socket, client_socket:
        pair = DaphnePair(server_socket, client_socket, extensions=[ClientPerMessageDeflateFactory()])
        await pair.accept()
        direct(pair).write(Frames(["plain"]))
        assert pair.read_everything() == texts("plain")
        assert pair.response is not None
        assert "Sec-WebSocket-Extensions" not in pair.response.headers
        assert not any(frame.rsv1 for frame in pair.frames)


async def test_frames_of_a_client_that_is_behind_are_still_received(pair: DaphnePair) -> None:
    """Twisted pauses a producer that fills its buffer. It must not pause the reading."""
    writer = direct(pair)
    writer.write(Frames([LARGE]))
    writer.write(Frames(["more"]))
    assert pair.transport.producerPaused
    pair.client.send_text(b"I am slow")
    pair.deliver()
    assert (await pair.receive())["type"] == "websocket.connect"
    assert await pair.receive() == {"type": "websocket.receive", "text": "I am slow"}
    assert pair.read_everything() == texts(LARGE, "more")


# Bounds


async def test_a_stalled_client_is_closed_at_the_limit_and_dropped_without_a_close_reply(
    pair: DaphnePair,
) -> None:
    writer = direct(pair, 100_000)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
    assert writer.pending_bytes <= 100_000 + 4, "and the close frame"
    assert pair.protocol.localCloseCode == 4008
    pair.protocol.onCloseHandshakeTimeout()  # what Autobahn's timer calls after a second
    pair.run_scheduled()
    assert writer.finished
    assert writer.pending_bytes == 0


async def test_a_stalled_client_that_reads_again_gets_the_close_code(pair: DaphnePair) -> None:
    writer = direct(pair, 100_000)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
    opcode, payload = pair.read_everything()[-1]
    assert (opcode, Close.parse(payload).code) == (CLOSE, 4008)


async def test_a_client_without_pending_bytes_may_be_sent_more_than_the_limit(pair: DaphnePair) -> None:
    direct(pair, 100_000).write(Frames(["x" * 400_000]))
    assert pair.read_everything() == texts("x" * 400_000)


# Connections that end, and errors


class FailingSocket:
    """A socket whose first sends fail with an error."""

    def __init__(self, sock: socket.socket, error: int, times: int) -> None:
        self._sock = sock
        self._error = error
        self._times = times

    def send(self, data: bytes) -> int:
        if self._times:
            self._times -= 1
            raise OSError(self._error, os.strerror(self._error))
        return self._sock.send(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.EINTR, errno.ENOBUFS], ids=errno.errorcode.get)
async def test_frames_are_sent_later_after_a_temporary_error(error: int, pair: DaphnePair) -> None:
    """Regression: after ENOBUFS (not enough memory) a frame was lost, and the connection stayed open: an unnoticed
    gap.
    """
    pair.transport.socket = FailingSocket(pair.server_socket, error, times=2)
    writer = direct(pair)
    writer.write(Frames(["first"]))
    writer.write(Frames(["second"]))
    assert writer.pending_bytes
    assert pair.read_everything() == texts("first", "second")


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.ETIMEDOUT], ids=errno.errorcode.get)
async def test_a_broken_socket_is_noticed_by_the_event_loop(error: int, pair: DaphnePair) -> None:
    pair.transport.socket = FailingSocket(pair.server_socket, error, times=2)
    await _check_broken(pair)


async def test_a_client_that_disconnects_before_a_write_causes_no_error(pair: DaphnePair) -> None:
    pair.client_socket.close()
    await _check_broken(pair)


async def _check_broken(pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.write(Frames(["hello"]))
    assert not writer.finished
    pair.flush()
    assert writer.finished
    assert writer.pending_bytes == 0
    writer.write(Frames(["ignored"]))
    writer.close(4000)
    assert (await pair.receive())["type"] == "websocket.connect"
    assert await pair.receive() == {"type": "websocket.disconnect", "code": 1006}


async def test_nothing_is_written_to_a_closing_connection(pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.close(4000)
    pending_bytes = writer.pending_bytes
    writer.write(Frames(["too late"]))
    writer.close(4008)
    assert writer.pending_bytes == pending_bytes
    assert not writer.finished
    assert [(opcode, Close.parse(payload).code) for opcode, payload in pair.read_everything()] == [(CLOSE, 4000)]


async def test_nothing_is_written_to_a_disconnecting_transport(pair: DaphnePair) -> None:
    pair.transport.loseConnection()
    direct(pair).write(Frames(["too late"]))
    assert pair.read_everything() == []


# Which writer


async def test_without_direct_writes_the_bytes_in_daphnes_buffer_count_too(pair: DaphnePair) -> None:
    writer = writer_for(pair.send, direct=False, limit=100_000)
    assert isinstance(writer, AsgiWriter)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
        await asyncio.sleep(0)
    assert pair.protocol.localCloseCode == 4008
    assert writer.pending_bytes <= 100_000 + 4
    assert not writer.finished, "the connection is closed when the server says so"
    frames = pair.read_everything()
    assert frames[-1][0] is CLOSE
    pair.deliver()
    pair.run_scheduled()
    assert writer.finished


async def test_over_tls_the_bytes_in_the_transports_buffer_count_too(pair: DaphnePair) -> None:
    """Regression: over TLS the bytes that Daphne kept for a stalled client were not counted, and had no bound."""
    wrapper = ProtocolWrapper(WrappingFactory(pair.protocol.factory), pair.protocol)
    wrapper.transport, pair.protocol.transport = pair.transport, wrapper
    writer = writer_for(pair.send, direct=True, limit=LIMIT)
    assert isinstance(writer, AsgiWriter)
    pair.transport.write(b"x" * 1000)
    assert writer.pending_bytes == 1000


async def test_a_transport_that_encrypts_by_itself_gets_no_direct_writes(pair: DaphnePair) -> None:
    pair.transport.TLS = True
    assert isinstance(writer_for(pair.send, direct=True, limit=LIMIT), AsgiWriter)


async def test_a_transport_of_an_unknown_type_gets_its_frames_through_send(pair: DaphnePair) -> None:
    pair.protocol.transport = object()
    writer = writer_for(pair.send, direct=True, limit=LIMIT)
    assert isinstance(writer, AsgiWriter)
    assert writer.pending_bytes == 0
