"""Frames made by hand are what a client reads, in order, whole, and bounded; through the public way, too."""

import asyncio
import functools
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from chat.wire.fanout import YIELD_EVERY, AsgiWriter, Frames, broadcast, wait_until_drained, writer_for
from chat.wire.protocol import CloseCode
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.virtual_time_loop import stepped

LIMIT = 2**20


def read_back(wire: bytes) -> list[str]:
    """The texts that another implementation of the protocol finds in these bytes."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(wire)
    frames = client.events_received()
    assert all(isinstance(frame, Frame) and frame.opcode is Opcode.TEXT and frame.fin for frame in frames)
    return [bytes(frame.data).decode() for frame in frames if isinstance(frame, Frame)]


# Frames


@pytest.mark.parametrize("size", [*range(126), 126, 127, 65535, 65536, 2**20])
def test_a_frame_of_any_size_is_read_back_as_it_was(size: int) -> None:
    assert read_back(Frames(["x" * size]).wire) == ["x" * size]


def test_the_size_of_a_frame_is_that_of_its_bytes_not_of_its_characters() -> None:
    texts = ["ä" * 63, "日本語" * 21, "👩\u200d🚀" * 9000]
    assert read_back(Frames(texts).wire) == texts


def test_several_frames_are_one_stretch_of_bytes_in_their_order() -> None:
    texts = [str(number) * number for number in range(300)]
    assert read_back(Frames(texts).wire) == texts
    assert Frames([]).wire == b""


async def test_a_broadcast_to_many_gives_way_in_between() -> None:
    writers = [RecordingWriter() for _ in range(YIELD_EVERY * 2 + 1)]
    task = asyncio.create_task(broadcast(writers, Frames(['{"id":1,"type":"x"}'])))
    await asyncio.sleep(0)
    assert [bool(writer.frames) for writer in writers].count(True) == YIELD_EVERY
    await task
    assert all(writer.ids == [1] for writer in writers)


# Through the ASGI send


class RecordingSend:
    """An ASGI send that can be held, and that fails when it is told to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False

    async def __call__(self, message: dict[str, Any]) -> None:
        await self.open.wait()
        if self.fails:
            raise RuntimeError("the connection is gone")
        self.sent.append(message)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]


async def test_what_is_sent_keeps_its_order_and_the_close_comes_last() -> None:
    send = RecordingSend()
    writer = AsgiWriter(send, LIMIT)
    for number in range(10):
        writer.write(Frames([f"{number}a", f"{number}b"]))
        await asyncio.sleep(0)
    writer.close(4000)
    writer.write(Frames(["too late"]))
    writer.close(4008)
    await until(lambda: writer.flushed)
    assert send.texts == [f"{number}{part}" for number in range(10) for part in "ab"]
    assert send.sent[-1] == {"type": "websocket.close", "code": 4000}
    assert len(send.sent) == 21


async def test_a_reader_that_stalls_is_closed_and_nothing_more_is_kept_for_it() -> None:
    send = RecordingSend()
    send.open.clear()
    writer = AsgiWriter(send, 1000)
    for _ in range(100):
        writer.write(Frames(["x" * 100]))
    send.open.set()
    await until(lambda: writer.flushed)
    assert len(send.texts) <= 1, "what was in the server's hands already"
    assert send.sent[-1] == {"type": "websocket.close", "code": 4008}


async def test_what_was_read_no_longer_counts() -> None:
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    for _ in range(100):
        writer.write(Frames(["x" * 900]))
        await until(lambda: writer.flushed)
    assert len(send.texts) == 100


async def test_who_has_read_everything_may_be_sent_something_large() -> None:
    """A batch of long messages closed every reader as a slow one, however fast it was."""
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["x" * 5000, "y" * 5000]))
    await until(lambda: writer.flushed)
    assert send.texts == ["x" * 5000, "y" * 5000]


async def test_bytes_count_and_not_characters() -> None:
    """A limit of a mebibyte was one of three for those who write Japanese."""
    send = RecordingSend()
    send.open.clear()
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["first"]))
    writer.write(Frames(["日" * 300]))
    assert 900 < writer.pending_bytes < 1000
    writer.write(Frames(["日" * 30]))
    send.open.set()
    await until(lambda: writer.flushed)
    assert send.sent[-1] == {"type": "websocket.close", "code": 4008}


async def test_nobody_waits_for_a_reader_that_is_closed() -> None:
    """Whoever was being brought up to date was waited for, for half a minute after it had been closed."""
    send = RecordingSend()
    send.open.clear()
    writer = AsgiWriter(send, 1000)
    for _ in range(10):
        writer.write(Frames(["x" * 400]))
    assert not writer.flushed
    assert writer.pending_bytes == 0
    send.open.set()


async def test_a_send_that_fails_ends_the_writing_quietly() -> None:
    send = RecordingSend()
    send.fails = True
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["a", "b"]))
    await until(lambda: writer.flushed)
    send.fails = False
    writer.write(Frames(["c"]))
    writer.close(4000)
    await asyncio.sleep(0)
    assert writer.flushed
    assert send.sent == []


async def test_another_server_gets_its_frames_through_send() -> None:
    assert isinstance(writer_for(RecordingSend(), direct=True, limit=LIMIT), AsgiWriter)
    assert isinstance(writer_for(functools.partial(RecordingSend()), direct=True, limit=LIMIT), AsgiWriter)


class Sipping(RecordingWriter):
    """A connection whose reader takes a byte whenever somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    @property
    def pending_bytes(self) -> int:
        self.looks += 1
        return 2**20 - self.looks


def test_who_hardly_reads_is_closed_and_is_not_looked_at_all_the_time() -> None:
    """A byte now and then was enough to stay, and looking at a thousand of them took half of the processor."""
    reader = Sipping()
    with stepped() as loop:
        loop.run_until_complete(wait_until_drained(reader, 0))
    assert reader.closed == CloseCode.SLOW_READER
    assert reader.looks < 300
