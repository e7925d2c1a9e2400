"""A leg and a client of another make: complete frames in order, every bound, and every end."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.frames import Close, Opcode

from chat.wire.fanout import Frames
from chatsite.websocket.bounds import FRAMES_PER_TURN, LINGER_SECONDS, READ_PAUSE_SECONDS
from chatsite.websocket.leg import (
    APPLICATION_CLOSE_SECONDS,
    CLOSE_SECONDS,
    MAX_LINGER_READS,
    MAX_PENDING_FOR_PONG_BYTES,
)
from chatsite.websocket.poller import HUNG_UP, LEFT, NOTHING
from tests.support.core.leg_pair import SEND_BUFFER_BYTES, LegPair
from tests.support.live_server import TIME_LIMIT
from tests.support.servers.raw_websocket import frame

LIMIT = 2**20
SWEEP_SECONDS = 5
LARGE = "x" * 200_000  # bytes; more than the socket takes
TEXT, PING, PONG, CLOSE = Opcode.TEXT, Opcode.PING, Opcode.PONG, Opcode.CLOSE


@contextmanager
def new_pair(**options: Any) -> Iterator[LegPair]:
    server_socket, client_socket = socket.socketpair()
    with server_socket, client_socket:
        yield LegPair(server_socket, client_socket, **options)


async def opened(pair: LegPair) -> LegPair:
    """With the answer to its handshake read."""
    pair.start()
    await until_idle(pair)
    assert pair.read_everything() == []
    assert pair.response is not None
    return pair


async def until_idle(pair: LegPair) -> None:
    while pair.leg.task is not None:
        assert (await asyncio.wait([pair.leg.task], timeout=TIME_LIMIT))[0], "it waits for ever"
        await asyncio.sleep(0)  # for its callback


@pytest.fixture
async def pair() -> AsyncIterator[LegPair]:
    """An open connection with nothing pending."""
    with new_pair() as pair:
        yield await opened(pair)


def texts(*of: str) -> list[tuple[Opcode, bytes]]:
    return [(TEXT, text.encode()) for text in of]


def close_codes(pair: LegPair) -> list[int]:
    return [Close.parse(payload).code for opcode, payload in pair.read_everything() if opcode is CLOSE]


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


async def test_the_handshake_is_answered_together_with_the_first_frames() -> None:
    with new_pair() as pair:
        pair.consumer.opening = asyncio.Event().wait()  # type: ignore[assignment]
        pair.start()
        await asyncio.sleep(0)
        pair.read()
        assert pair.response is None
        pair.leg.write(Frames(["welcome"]))
        received = pair.client_socket.recv(2**16)
        assert received.startswith(b"HTTP/1.1 101 ")
        assert received.endswith(b"\r\n\r\n\x81\x07welcome")
        pair.report()


async def test_frames_right_behind_the_handshake_are_taken_after_it() -> None:
    with new_pair() as pair:
        pair.start(frame(b"first") + frame(b"second")[:3])
        assert not pair.is_read, "the application has not answered"
        await until_idle(pair)
        assert pair.consumer.taken == ["first"]
        pair.deliver(frame(b"second")[3:])
        assert pair.consumer.taken == ["first", "second"]


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


# What the client sends


async def test_a_connection_takes_a_limited_number_of_frames_in_a_turn() -> None:
    with new_pair(max_frames_per_second=1000) as pair:
        await opened(pair)
        pair.deliver(frame(b"x") * (2 * FRAMES_PER_TURN + 1))
        assert (len(pair.consumer.taken), pair.is_read) == (FRAMES_PER_TURN, False)
        pair.run_timers(READ_PAUSE_SECONDS)
        assert (len(pair.consumer.taken), pair.is_read) == (2 * FRAMES_PER_TURN, False)
        pair.run_timers(READ_PAUSE_SECONDS)
        assert (len(pair.consumer.taken), pair.is_read) == (2 * FRAMES_PER_TURN + 1, True)


@pytest.mark.parametrize(
    ("flood", "most_messages"),
    [
        (frame(b"x"), 100),
        (frame(b"", Opcode.PING), 0),
        (frame(b"", final=False) + frame(b"", Opcode.CONT), 50),
        (frame(b"x" * 65_000), 6),
    ],
    ids=["messages", "pings", "fragments", "large messages"],
)
async def test_too_many_frames_of_any_kind_in_a_second_close_the_connection(flood: bytes, most_messages: int) -> None:
    with new_pair(max_frames_per_second=100) as pair:
        await opened(pair)
        for _ in range(110):
            if pair.is_read:
                pair.deliver(flood)
        assert close_codes(pair) == [4009]
        assert not pair.is_read
        assert len(pair.consumer.taken) <= 2 * most_messages, "as many as a second and the next one allow"
        pair.run_timers(CLOSE_SECONDS)
        assert (pair.leg.finished, pair.consumer.left) == (True, 1)


async def test_what_a_client_sent_before_it_hung_up_is_taken_in_turns() -> None:
    with new_pair(max_frames_per_second=1000) as pair:
        await opened(pair)
        pair.deliver(frame(b"x") * (FRAMES_PER_TURN + 1))
        pair.client_socket.sendall(frame(b"the last"))
        pair.client_socket.close()
        pair.report(HUNG_UP)
        pair.run_timers(READ_PAUSE_SECONDS)
        pair.report(HUNG_UP)
        pair.report(HUNG_UP)
        assert pair.consumer.taken == ["x"] * (FRAMES_PER_TURN + 1) + ["the last"]
        assert (pair.leg.finished, pair.consumer.left) == (True, 1)


@pytest.mark.parametrize("behind", [True, False], ids=["to flush", "closing"])
async def test_a_client_that_hangs_up_and_is_not_read_from_any_more_is_gone(behind: bool, pair: LegPair) -> None:
    if behind:
        pair.leg.write(Frames([LARGE]))
        pair.client.send_close(1000)
        pair.deliver()
    else:
        pair.deliver(frame(b"x" * (2**16 + 1))[:1000])
    assert not pair.is_read
    pair.client_socket.close()
    pair.report(HUNG_UP)
    assert (pair.leg.finished, pair.consumer.left) == (True, 1)


async def test_bytes_one_at_a_time_count_too() -> None:
    with new_pair(max_frames_per_second=100) as pair:
        await opened(pair)
        for byte in frame(b"x" * 1000):
            if pair.is_read:
                pair.deliver(bytes((byte,)))
        assert close_codes(pair) == [4009]


async def test_nothing_is_read_while_the_application_waits(pair: LegPair) -> None:
    answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    pair.consumer.answers = lambda message: answered if message == "history" else None
    pair.deliver(frame(b"history") + frame(b"next"))
    assert (pair.consumer.taken, pair.is_read) == (["history"], False)
    answered.set_result(None)
    await until_idle(pair)
    assert (pair.consumer.taken, pair.is_read) == (["history", "next"], True)


async def test_a_message_that_is_too_long_is_refused_with_its_code(pair: LegPair) -> None:
    pair.deliver(frame(b"x" * (2**16 + 1))[:1000])
    assert close_codes(pair) == [1009]
    assert not pair.is_read


# The end


async def test_the_client_closes(pair: LegPair) -> None:
    pair.client.send_close(1000)
    pair.deliver()
    assert close_codes(pair) == [1000]
    assert (pair.leg.finished, pair.consumer.left, pair.poller.handlers) == (True, 1, {})


async def test_a_client_that_closes_and_reads_nothing_is_dropped(pair: LegPair) -> None:
    pair.leg.write(Frames([LARGE]))
    pair.client.send_close(1000)
    pair.deliver()
    assert (pair.leg.disconnected, pair.leg.finished, pair.is_read) == (True, False, False)
    pair.run_timers(LINGER_SECONDS)
    assert (pair.leg.finished, pair.consumer.left) == (True, 1)


async def test_the_server_closes_and_the_client_answers(pair: LegPair) -> None:
    pair.leg.close(4000)
    pair.read()
    pair.deliver()
    assert close_codes(pair) == [4000]
    assert (pair.leg.finished, pair.consumer.left) == (True, 1)


async def test_nothing_is_written_to_a_closing_connection_and_nothing_is_taken_from_it(pair: LegPair) -> None:
    pair.leg.close(4000)
    pair.leg.write(Frames(["too late"]))
    pair.leg.close(4008)
    pair.deliver(frame(b"too late") + frame(b"", Opcode.PING))
    assert [opcode for opcode, _ in pair.read_everything()] == [CLOSE]
    assert close_codes(pair) == [4000]
    assert pair.consumer.taken == []


async def test_a_client_that_does_not_answer_may_still_read_why(pair: LegPair) -> None:
    """After a reset a client that writes before it reads would never see the close frame."""
    pair.leg.close(4000)
    pair.run_timers(CLOSE_SECONDS)
    assert pair.leg.finished
    pair.deliver(frame(b"I was busy"))
    assert close_codes(pair) == [4000]
    assert pair.consumer.left == 0
    pair.run_timers(LINGER_SECONDS)
    assert (pair.consumer.left, pair.poller.handlers) == (1, {})


async def test_it_may_not_send_for_ever(pair: LegPair) -> None:
    pair.leg.close(4000)
    pair.run_timers(CLOSE_SECONDS)
    for _ in range(MAX_LINGER_READS + 1):
        pair.deliver(b"x")
    assert pair.consumer.left == 1


async def test_a_client_that_is_cut_off_has_left(pair: LegPair) -> None:
    pair.client_socket.close()
    pair.report()
    assert (pair.leg.disconnected, pair.consumer.left) == (True, 1)
    pair.leg.write(Frames(["ignored"]))
    pair.leg.close(4000)
    pair.leg.abort()
    assert pair.consumer.left == 1


async def test_an_application_that_outlives_its_connection_is_cancelled(pair: LegPair) -> None:
    pair.consumer.answers = lambda message: asyncio.Event().wait()  # type: ignore[assignment, return-value]
    pair.deliver(frame(b"wait"))
    pair.client_socket.close()
    pair.report()
    assert pair.consumer.left == 0, "not in the middle of something"
    assert pair.legs.tasks() == [pair.leg.task]
    pair.run_timers(APPLICATION_CLOSE_SECONDS)
    await until_idle(pair)
    assert (pair.consumer.left, pair.legs.tasks(), pair.legs.ending) == (1, [], set())


@pytest.mark.parametrize("end", [(LEFT,), (LEFT | HUNG_UP, HUNG_UP)], ids=["TCP", "Unix socket"])
async def test_so_is_one_whose_client_sends_nothing_more(end: tuple[int, ...], pair: LegPair) -> None:
    """Nothing is read then, so the end of the connection would be noticed only by a read. And nothing is lost."""
    pair.consumer.answers = lambda message: asyncio.Event().wait() if message == "wait" else None  # type: ignore[assignment, return-value]
    pair.deliver(frame(b"wait") + frame(b"and then"))
    pair.client_socket.shutdown(socket.SHUT_WR)
    for events in end:
        pair.report(events)
    assert pair.poller.events == NOTHING, "it is told once"
    pair.run_timers(APPLICATION_CLOSE_SECONDS)
    await until_idle(pair)
    assert (pair.consumer.taken, pair.is_read) == (["wait", "and then"], True)
    pair.report()
    assert pair.consumer.left == 1


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "later"])
async def test_an_application_that_fails_closes_its_connection(
    waits: bool, pair: LegPair, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail_later() -> None:
        raise RuntimeError("a bug")

    def fail(message: object) -> Any:
        if waits:
            return fail_later()
        raise RuntimeError("a bug")

    pair.consumer.answers = fail
    pair.deliver(frame(b"x"))
    await until_idle(pair)
    assert close_codes(pair) == [1011]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_an_application_that_fails_before_the_answer_is_an_internal_server_error() -> None:
    async def fail() -> None:
        raise RuntimeError("a bug")

    with new_pair() as pair:
        pair.consumer.opening = fail()
        pair.start()
        await until_idle(pair)
        assert pair.client_socket.recv(2**16).startswith(b"HTTP/1.1 500 ")
        assert (pair.leg.finished, pair.consumer.left) == (True, 1)


async def test_an_application_that_fails_at_the_end_leaves_nothing_open(
    pair: LegPair, caplog: pytest.LogCaptureFixture
) -> None:
    """It would stop the sweep that drops silent clients, and with it the pings of all connections."""

    def fail() -> None:
        raise RuntimeError("a bug")

    pair.consumer.leave = fail  # type: ignore[method-assign]
    for _ in range(9):
        pair.run_timers(SWEEP_SECONDS)
    assert (pair.leg.finished, pair.poller.handlers) == (True, {})
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert [timer.seconds for timer in pair.poller.loop.timers] == [SWEEP_SECONDS]


# Pings


async def test_a_silent_client_is_pinged_once_and_dropped_if_it_stays_silent(pair: LegPair) -> None:
    for _ in range(5):
        pair.run_timers(SWEEP_SECONDS)
    assert [opcode for opcode, _ in pair.read_everything()] == [PING]
    for _ in range(3):
        pair.run_timers(SWEEP_SECONDS)
    assert not pair.leg.disconnected
    pair.run_timers(SWEEP_SECONDS)
    assert (pair.leg.disconnected, pair.consumer.left) == (True, 1)
    assert [opcode for opcode, _ in pair.read_everything()] == [PING]


async def test_a_client_that_answers_stays(pair: LegPair) -> None:
    for _ in range(50):
        pair.run_timers(SWEEP_SECONDS)
        pair.read()
        if answer := b"".join(pair.client.data_to_send()):
            pair.deliver(answer)
    assert not pair.leg.disconnected
    assert [opcode for opcode, _ in pair.read_everything()] == [PING] * 10


async def test_a_client_that_is_not_read_from_stays(pair: LegPair) -> None:
    pair.consumer.answers = lambda message: asyncio.Event().wait()  # type: ignore[assignment, return-value]
    pair.deliver(frame(b"wait"))
    for _ in range(50):
        pair.run_timers(SWEEP_SECONDS)
    assert not pair.leg.disconnected
    pair.leg.abort()


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
