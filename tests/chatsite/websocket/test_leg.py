"""A leg and a client of another make: what is received, every bound, and every end."""

import asyncio
import logging
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Opcode

from chat.wire.fanout import Frames
from chatsite.websocket.bounds import APPLICATION_CLOSE_SECONDS, FRAMES_PER_TURN, LINGER_SECONDS, READ_PAUSE_SECONDS
from chatsite.websocket.leg import (
    MAX_LINGER_READS,
)
from chatsite.websocket.poller import HUNG_UP, LEFT, NOTHING
from chatsite.websocket.sender import CLOSE_SECONDS
from tests.support.core.leg_pair import LegPair, close_codes, new_pair, opened, until_idle
from tests.support.servers.raw_websocket import frame

SWEEP_SECONDS = 5
LARGE = "x" * 200_000  # bytes; more than the socket takes
TEXT, PING, PONG, CLOSE = Opcode.TEXT, Opcode.PING, Opcode.PONG, Opcode.CLOSE


@pytest.fixture(autouse=True)
def _one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a test sends comes in the same second, however long it takes."""
    monkeypatch.setattr("chatsite.websocket.leg.time", SimpleNamespace(monotonic=lambda: 7.0))


# The beginning


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
        assert len(pair.consumer.taken) <= most_messages
        pair.run_timers(CLOSE_SECONDS)
        assert pair.leg.finished
        for _ in range(MAX_LINGER_READS + 1):
            pair.deliver(flood)
        assert pair.consumer.left == 1


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


@pytest.mark.parametrize("data", [b"\x83\x80" + bytes(4), frame(b"x" * (2**16 + 1))[:1000]], ids=["1002", "1009"])
async def test_neither_is_the_connection_of_one_that_broke_the_protocol_reset(data: bytes, pair: LegPair) -> None:
    """A socket that is closed before all was read is reset."""
    pair.deliver(data)
    pair.client_socket.sendall(frame(b"more") + frame(b"\x03\xea", Opcode.CLOSE))
    pair.run_timers(CLOSE_SECONDS)
    assert (pair.leg.finished, pair.is_read) == (True, True)
    pair.report()
    pair.client_socket.shutdown(socket.SHUT_WR)
    pair.report()
    assert (pair.consumer.left, pair.consumer.taken, pair.poller.handlers) == (1, [], {})
    assert close_codes(pair) in ([1002], [1009])


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
