"""What is sent to a client of another make: complete frames in order, as much as it may have unread."""

import errno
import os
import socket
from typing import Any

import pytest
from websockets.frames import Opcode

from chat.wire.fanout import Frames
from chatsite.websocket.leg import (
    MAX_PENDING_FOR_PONG_BYTES,
)
from chatsite.websocket.sender import CLOSE_SECONDS
from tests.support.core.client_end import SEND_BUFFER_BYTES
from tests.support.core.leg_pair import LegPair, close_codes, new_pair, opened

LIMIT = 2**20
LARGE = "x" * 200_000  # bytes; more than the socket takes
TEXT, PING, PONG, CLOSE = Opcode.TEXT, Opcode.PING, Opcode.PONG, Opcode.CLOSE


def texts(*of: str) -> list[tuple[Opcode, bytes]]:
    return [(TEXT, text.encode()) for text in of]


# Order


async def test_frames_are_written_immediately_while_nothing_is_pending(pair: LegPair) -> None:
    assert pair.leg.pending_bytes == 0, "the answer to the handshake is not a backlog"
    pair.leg.write(Frames(["hello", "you"]))
    assert (pair.wants_to_write, pair.leg.pending_bytes) == (False, 0)
    assert pair.read_everything() == texts("hello", "you")


async def test_bytes_that_the_socket_does_not_take_follow_later_and_whole(pair: LegPair) -> None:
    sent = [f"{number}:" + "x" * 3000 for number in range(100)]
    for text in sent:
        pair.leg.write(Frames([text]))
    assert 3000 * 100 - 4 * SEND_BUFFER_BYTES < pair.leg.pending_bytes < LIMIT
    assert pair.read_everything() == texts(*sent)
    assert pair.leg.pending_bytes == 0


@pytest.mark.parametrize("flushed", [False, True], ids=["not flushed", "flushed without success"])
async def test_no_frame_overtakes_pending_bytes(flushed: bool, pair: LegPair) -> None:
    pair.leg.write(Frames([LARGE]))
    if flushed:
        pair.flush()
    pair.read()  # now the socket could take more, but the rest of the first frame is still pending
    pair.leg.write(Frames(["second"]))
    assert pair.read_everything() == texts(LARGE, "second")


@pytest.mark.parametrize("behind", [True, False], ids=["inside a frame", "before a frame"])
@pytest.mark.parametrize("control_frame", ["ping", "pong", "close", "close reply"])
async def test_control_frames_are_neither_inside_a_frame_nor_after_a_later_one(
    control_frame: str, behind: bool, pair: LegPair
) -> None:
    if behind:
        pair.leg.write(Frames(["x" * 60_000]))
        assert pair.leg.pending_bytes, "half of the frame is still pending"
    if control_frame == "ping":
        pair.leg.ping()
    elif control_frame == "pong":
        pair.client.send_ping(b"are you there")
        pair.deliver()
    elif control_frame == "close":
        pair.leg.close(4000)
    else:
        pair.client.send_close(1000)
        pair.deliver()
    pair.leg.write(Frames(["later"]))
    opcode = {"ping": PING, "pong": PONG}.get(control_frame, CLOSE)
    later = [] if opcode is CLOSE else [TEXT]
    assert [one[0] for one in pair.read_everything()] == [*([TEXT] if behind else []), opcode, *later]
    assert pair.client.parser_exc is None


# What the client does not read


async def test_a_stalled_client_is_closed_at_the_limit_and_dropped_without_a_close_reply() -> None:
    with new_pair(max_pending_bytes=100_000) as pair:
        await opened(pair)
        for _ in range(1000):
            pair.leg.write(Frames(["x" * 1000]))
        assert pair.leg.pending_bytes <= 100_000 + 4, "and the close frame"
        assert not pair.leg.disconnected
        pair.run_timers(CLOSE_SECONDS)
        assert pair.leg.finished
        assert pair.leg.pending_bytes == 0
        assert pair.consumer.left == 1


async def test_a_stalled_client_that_reads_again_gets_the_close_code() -> None:
    with new_pair(max_pending_bytes=100_000) as pair:
        await opened(pair)
        for _ in range(1000):
            pair.leg.write(Frames(["x" * 1000]))
        assert close_codes(pair) == [4008]


async def test_a_client_without_pending_bytes_may_be_sent_more_than_the_limit() -> None:
    with new_pair(max_pending_bytes=100_000) as pair:
        await opened(pair)
        pair.leg.write(Frames(["x" * 400_000]))
        assert pair.read_everything() == texts("x" * 400_000)


async def test_a_client_that_reads_no_pongs_gets_no_more(pair: LegPair) -> None:
    for _ in range(4000):
        pair.client.send_ping(b"x" * 125)
        pair.deliver()
    assert pair.leg.pending_bytes < MAX_PENDING_FOR_PONG_BYTES + 127


# Sockets that fail


class FailingSocket:
    """A socket whose first sends fail with an error."""

    def __init__(self, sock: socket.socket, error: int, times: int) -> None:
        self._sock = sock
        self._error = error
        self._times = times

    def _fail(self) -> None:
        if self._times:
            self._times -= 1
            raise OSError(self._error, os.strerror(self._error))

    def send(self, data: bytes) -> int:
        self._fail()
        return self._sock.send(data)

    def sendmsg(self, data: Any) -> int:
        self._fail()
        return self._sock.sendmsg(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.EINTR, errno.ENOBUFS], ids=errno.errorcode.get)
async def test_frames_are_sent_later_after_a_temporary_error(error: int, pair: LegPair) -> None:
    """After ENOBUFS (not enough memory) a frame must not be lost while the connection stays open."""
    pair.leg._socket = FailingSocket(pair.server_socket, error, times=2)  # type: ignore[assignment]
    pair.leg.write(Frames(["first"]))
    pair.leg.write(Frames(["second"]))
    assert pair.leg.pending_bytes
    assert pair.read_everything() == texts("first", "second")


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ECONNRESET, errno.ETIMEDOUT], ids=errno.errorcode.get)
async def test_a_broken_socket_is_noticed_by_the_event_loop(error: int, pair: LegPair) -> None:
    """And not within the write, whose caller goes through the connections of a room."""
    pair.leg._socket = FailingSocket(pair.server_socket, error, times=2)  # type: ignore[assignment]
    pair.leg.write(Frames(["hello"]))
    assert not pair.leg.disconnected
    pair.flush()
    assert (pair.leg.disconnected, pair.leg.pending_bytes, pair.consumer.left) == (True, 0, 1)
