"""Frames, broadcasts, and the writer on ASGI's send: clients read complete frames in order, and buffers are bounded."""

import asyncio
import functools
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from chat.wire.errors import CloseCode
from chat.wire.fanout import YIELD_EVERY, AsgiWriter, Frames, broadcast, wait_until_drained, writer_for
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.virtual_time_loop import virtual_time

LIMIT = 2**20


def read_back(wire: bytes) -> list[str]:
    """The texts that another implementation of the protocol decodes from these bytes."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(wire)
    frames = client.events_received()
    assert all(isinstance(frame, Frame) and frame.opcode is Opcode.TEXT and frame.fin for frame in frames)
    return [bytes(frame.data).decode() for frame in frames if isinstance(frame, Frame)]


# Frames


@pytest.mark.parametrize("size", [*range(126), 126, 127, 65535, 65536, 2**20])
def test_a_frame_of_any_size_is_decoded_unchanged(size: int) -> None:
    assert read_back(Frames(["x" * size]).wire) == ["x" * size]


def test_the_size_of_a_frame_is_counted_in_bytes_not_in_characters() -> None:
    texts = ["ä" * 63, "日本語" * 21, "👩\u200d🚀" * 9000]
    assert read_back(Frames(texts).wire) == texts


def test_several_frames_are_joined_in_order() -> None:
    texts = [str(number) * number for number in range(300)]
    assert read_back(Frames(texts).wire) == texts
    assert Frames([]).wire == b""


async def test_a_broadcast_yields_to_the_event_loop() -> None:
    writers = [RecordingWriter() for _ in range(YIELD_EVERY * 2 + 1)]
    task = asyncio.create_task(broadcast(writers, Frames(['{"id":1,"type":"x"}'])))
    await asyncio.sleep(0)
    assert [bool(writer.frames) for writer in writers].count(True) == YIELD_EVERY
    await task
    assert all(writer.ids == [1] for writer in writers)


# Through the ASGI send


class RecordingSend:
    """Records messages. Waits while `unblocked` is not set, and raises while `fails` is True."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.unblocked = asyncio.Event()
        self.unblocked.set()
        self.fails = False

    async def __call__(self, message: dict[str, Any]) -> None:
        await self.unblocked.wait()
        if self.fails:
            raise RuntimeError("the connection is closed")
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]


async def test_frames_keep_their_order_and_the_close_is_last() -> None:
    send = RecordingSend()
    writer = AsgiWriter(send, LIMIT)
    for number in range(10):
        writer.write(Frames([f"{number}a", f"{number}b"]))
        await asyncio.sleep(0)
    writer.close(4000)
    writer.write(Frames(["too late"]))
    writer.close(4008)
    await until(lambda: writer.finished)
    assert send.texts == [f"{number}{part}" for number in range(10) for part in "ab"]
    assert send.sent[-1] == {"type": "websocket.close", "code": 4000}
    assert len(send.sent) == 21


async def test_a_stalled_client_is_closed_and_its_queue_is_dropped() -> None:
    send = RecordingSend()
    send.unblocked.clear()
    writer = AsgiWriter(send, 1000)
    for _ in range(100):
        writer.write(Frames(["x" * 100]))
    send.unblocked.set()
    await until(lambda: writer.finished)
    assert len(send.texts) <= 1, "the frame that was passed to the server already"
    assert send.sent[-1] == {"type": "websocket.close", "code": 4008}


async def test_sent_bytes_do_not_count_as_pending() -> None:
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    for _ in range(100):
        writer.write(Frames(["x" * 900]))
        await until(lambda: writer.finished)
    assert len(send.texts) == 100


async def test_a_client_without_pending_bytes_may_be_sent_more_than_the_limit() -> None:
    """Regression: a batch of long messages closed every client as a slow reader, even the fast ones."""
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["x" * 5000, "y" * 5000]))
    await until(lambda: writer.finished)
    assert send.texts == ["x" * 5000, "y" * 5000]


async def test_pending_bytes_are_counted_in_bytes_not_in_characters() -> None:
    """Regression: a limit of one mebibyte was one of three for Japanese text."""
    send = RecordingSend()
    send.unblocked.clear()
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["first"]))
    writer.write(Frames(["日" * 300]))
    assert 900 < writer.pending_bytes < 1000
    writer.write(Frames(["日" * 30]))
    send.unblocked.set()
    await until(lambda: writer.finished)
    assert send.sent[-1] == {"type": "websocket.close", "code": 4008}


async def test_a_closed_client_has_no_pending_bytes() -> None:
    """Regression: a replay waited for half a minute for a client that was already closed."""
    send = RecordingSend()
    send.unblocked.clear()
    writer = AsgiWriter(send, 1000)
    for _ in range(10):
        writer.write(Frames(["x" * 400]))
    assert not writer.finished
    assert writer.pending_bytes == 0
    send.unblocked.set()


async def test_after_an_error_of_send_nothing_more_is_written() -> None:
    send = RecordingSend()
    send.fails = True
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["a", "b"]))
    await until(lambda: writer.finished)
    send.fails = False
    writer.write(Frames(["c"]))
    writer.close(4000)
    await asyncio.sleep(0)
    assert writer.finished
    assert send.sent == []


async def test_under_another_server_frames_are_written_through_send() -> None:
    assert isinstance(writer_for(RecordingSend(), direct=True, limit=LIMIT), AsgiWriter)
    assert isinstance(writer_for(functools.partial(RecordingSend()), direct=True, limit=LIMIT), AsgiWriter)


class OneBytePerPollWriter(RecordingWriter):
    """The writer of a client that reads one byte between two polls."""

    def __init__(self) -> None:
        super().__init__()
        self.polls = 0

    @property
    def pending_bytes(self) -> int:
        self.polls += 1
        return 2**20 - self.polls


def test_a_client_that_hardly_reads_is_closed_and_polled_rarely() -> None:
    """Regression: one byte now and then kept the connection open, and polling a thousand of those took half of the
    CPU time.
    """
    writer = OneBytePerPollWriter()
    with virtual_time() as loop:
        loop.run_until_complete(wait_until_drained(writer, 0))
    assert writer.close_code == CloseCode.SLOW_READER
    assert writer.polls < 300
