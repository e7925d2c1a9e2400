"""Straight to the socket of a real Daphne: whatever else happens on the connection, a client reads whole frames."""

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
from tests.support.core.daphne_pair import SMALL, DaphnePair

LIMIT = 2**20
LARGE = "x" * 200_000  # more than the socket takes
TEXT, PING, PONG, CLOSE = Opcode.TEXT, Opcode.PING, Opcode.PONG, Opcode.CLOSE


def direct(pair: DaphnePair, limit: int = LIMIT) -> Writer:
    writer = writer_for(pair.send, direct=True, limit=limit)
    assert isinstance(writer, DirectWriter)
    return writer


@pytest.fixture
async def shaking_hands() -> AsyncIterator[DaphnePair]:
    """A connection that the application has not accepted yet."""
    near, far = socket.socketpair()
    with near, far:
        yield DaphnePair(near, far)


@pytest.fixture
async def pair(shaking_hands: DaphnePair) -> DaphnePair:
    """A connection that is open, with nothing on its way."""
    await shaking_hands.accept()
    assert shaking_hands.read_everything() == []
    assert shaking_hands.response is not None
    return shaking_hands


def texts(*of: str) -> list[tuple[Opcode, bytes]]:
    return [(TEXT, text.encode()) for text in of]


# Order


async def test_frames_go_out_at_once_while_nothing_waits(pair: DaphnePair) -> None:
    direct(pair).write(Frames(["hello", "you"]))
    assert not pair.reactor.wants_to_write
    pair.read()
    assert pair.read_everything() == texts("hello", "you")


async def test_what_the_socket_does_not_take_follows_through_the_transport(pair: DaphnePair) -> None:
    writer = direct(pair)
    said = [f"{number}:" + "x" * 3000 for number in range(100)]
    for text in said:
        writer.write(Frames([text]))
    assert 3000 * 100 - 4 * SMALL < writer.pending_bytes < LIMIT
    assert pair.read_everything() == texts(*said)
    assert writer.pending_bytes == 0


@pytest.mark.parametrize("tried", [False, True], ids=["not tried yet", "tried in vain"])
async def test_nothing_overtakes_what_waits(tried: bool, pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.write(Frames([LARGE]))
    if tried:
        pair.flush()
    pair.read()  # now the socket could take more, but the rest of the first frame stands before it
    writer.write(Frames(["second"]))
    assert pair.read_everything() == texts(LARGE, "second")


@pytest.mark.parametrize("direct_first", [True, False], ids=["inside a frame", "before a frame"])
@pytest.mark.parametrize("says", ["ping", "pong", "close", "answer to a close"])
async def test_what_daphne_says_of_itself_gets_neither_into_a_frame_nor_behind_a_later_one(
    says: str, direct_first: bool, pair: DaphnePair
) -> None:
    writer = direct(pair)
    if direct_first:
        writer.write(Frames([LARGE]))
        assert writer.pending_bytes, "half of it is still here"
    if says == "ping":
        pair.protocol.last_ping = 0.0
        pair.protocol.check_timeouts()
    elif says == "pong":
        pair.client.send_ping(b"are you there")
        pair.say()
    elif says == "close":
        writer.close(4000)
    else:
        pair.client.send_close(1000)
        pair.say()
    assert pair.reactor.wants_to_write
    writer.write(Frames(["behind it"]))
    frames = pair.read_everything()
    opcode = {"ping": PING, "pong": PONG}.get(says, CLOSE)
    later = [] if opcode is CLOSE else [TEXT]
    assert [frame[0] for frame in frames] == [*([TEXT] if direct_first else []), opcode, *later]
    assert frames[0] == (TEXT, LARGE.encode()) or not direct_first
    assert pair.client.parser_exc is None


async def test_nothing_is_written_before_the_handshake_has_ended(shaking_hands: DaphnePair) -> None:
    pair, writer = shaking_hands, direct(shaking_hands)
    writer.write(Frames(["too early"]))
    writer.close(4000)
    assert not pair.reactor.wants_to_write
    await pair.accept()
    writer.write(Frames(["in time"]))  # while the answer to the handshake is still here
    assert pair.read_everything() == texts("in time")
    assert pair.response is not None
    assert pair.response.status_code == 101


async def test_frames_are_legal_for_a_client_that_offers_compression() -> None:
    """Daphne does not take the offer, so frames stay the same for everybody."""
    near, far = socket.socketpair()
    with near, far:
        pair = DaphnePair(near, far, offers=[ClientPerMessageDeflateFactory()])
        await pair.accept()
        direct(pair).write(Frames(["plain"]))
        assert pair.read_everything() == texts("plain")
        assert pair.response is not None
        assert "Sec-WebSocket-Extensions" not in pair.response.headers
        assert not any(frame.rsv1 for frame in pair.frames)


async def test_a_reader_who_is_behind_is_still_heard(pair: DaphnePair) -> None:
    """Twisted tells whoever produces so much to pause; what it would pause is the reading."""
    writer = direct(pair)
    writer.write(Frames([LARGE]))
    writer.write(Frames(["more"]))
    assert pair.transport.producerPaused
    pair.client.send_text(b"I am slow")
    pair.say()
    assert (await pair.receive())["type"] == "websocket.connect"
    assert await pair.receive() == {"type": "websocket.receive", "text": "I am slow"}
    assert pair.read_everything() == texts(LARGE, "more")


# Bounds


async def test_a_reader_that_stalls_is_closed_at_the_limit_and_dropped_when_it_does_not_answer(
    pair: DaphnePair,
) -> None:
    writer = direct(pair, 100_000)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
    assert writer.pending_bytes <= 100_000 + 4, "and the close frame"
    assert pair.protocol.localCloseCode == 4008
    pair.protocol.onCloseHandshakeTimeout()  # what Autobahn's timer calls after a second
    pair.run_later()
    assert writer.flushed
    assert writer.pending_bytes == 0


async def test_who_reads_again_in_time_learns_why_it_was_closed(pair: DaphnePair) -> None:
    writer = direct(pair, 100_000)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
    opcode, payload = pair.read_everything()[-1]
    assert (opcode, Close.parse(payload).code) == (CLOSE, 4008)


async def test_who_has_read_everything_may_be_sent_more_than_the_limit(pair: DaphnePair) -> None:
    direct(pair, 100_000).write(Frames(["x" * 400_000]))
    assert pair.read_everything() == texts("x" * 400_000)


# Connections that end, and errors


class Refusing:
    """A socket that fails as often as it is told to."""

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
async def test_a_socket_that_cannot_just_now_gets_it_a_little_later(error: int, pair: DaphnePair) -> None:
    """For want of memory, as ENOBUFS says, a frame was lost, and the connection stayed: a gap that nobody noticed."""
    pair.transport.socket = Refusing(pair.near, error, times=2)
    writer = direct(pair)
    writer.write(Frames(["first"]))
    writer.write(Frames(["second"]))
    assert writer.pending_bytes
    assert pair.read_everything() == texts("first", "second")


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.ETIMEDOUT], ids=errno.errorcode.get)
async def test_a_broken_socket_is_found_by_the_event_loop(error: int, pair: DaphnePair) -> None:
    pair.transport.socket = Refusing(pair.near, error, times=2)
    await _is_found_broken(pair)


async def test_a_client_that_is_gone_before_its_frame_is_written_disturbs_nobody(pair: DaphnePair) -> None:
    pair.far.close()
    await _is_found_broken(pair)


async def _is_found_broken(pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.write(Frames(["hello"]))
    assert not writer.flushed
    pair.flush()
    assert writer.flushed
    assert writer.pending_bytes == 0
    writer.write(Frames(["to nobody"]))
    writer.close(4000)
    assert (await pair.receive())["type"] == "websocket.connect"
    assert await pair.receive() == {"type": "websocket.disconnect", "code": 1006}


async def test_nothing_is_written_to_a_connection_that_closes(pair: DaphnePair) -> None:
    writer = direct(pair)
    writer.close(4000)
    waiting = writer.pending_bytes
    writer.write(Frames(["too late"]))
    writer.close(4008)
    assert writer.pending_bytes == waiting
    assert not writer.flushed
    assert [(opcode, Close.parse(payload).code) for opcode, payload in pair.read_everything()] == [(CLOSE, 4000)]


async def test_nothing_is_written_to_a_transport_that_is_about_to_end(pair: DaphnePair) -> None:
    pair.transport.loseConnection()
    direct(pair).write(Frames(["too late"]))
    assert pair.read_everything() == []


# Which way


async def test_direct_writes_can_be_turned_off_and_what_daphne_holds_counts_all_the_same(pair: DaphnePair) -> None:
    writer = writer_for(pair.send, direct=False, limit=100_000)
    assert isinstance(writer, AsgiWriter)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
        await asyncio.sleep(0)
    assert pair.protocol.localCloseCode == 4008
    assert writer.pending_bytes <= 100_000 + 4
    assert not writer.flushed, "the connection is not closed before the server says so"
    frames = pair.read_everything()
    assert frames[-1][0] is CLOSE
    pair.say()
    pair.run_later()
    assert writer.flushed


async def test_below_tls_too_it_is_seen_how_much_waits(pair: DaphnePair) -> None:
    """Over TLS nothing told how much Daphne kept for a reader that had stalled, and it was kept without a bound."""
    wrapper = ProtocolWrapper(WrappingFactory(pair.protocol.factory), pair.protocol)
    wrapper.transport, pair.protocol.transport = pair.transport, wrapper
    writer = writer_for(pair.send, direct=True, limit=LIMIT)
    assert isinstance(writer, AsgiWriter)
    pair.transport.write(b"x" * 1000)
    assert writer.pending_bytes == 1000


async def test_a_transport_that_encrypts_by_itself_is_not_written_past(pair: DaphnePair) -> None:
    pair.transport.TLS = True
    assert isinstance(writer_for(pair.send, direct=True, limit=LIMIT), AsgiWriter)


async def test_a_transport_of_an_unknown_kind_gets_its_frames_through_send(pair: DaphnePair) -> None:
    pair.protocol.transport = object()
    writer = writer_for(pair.send, direct=True, limit=LIMIT)
    assert isinstance(writer, AsgiWriter)
    assert writer.pending_bytes == 0
