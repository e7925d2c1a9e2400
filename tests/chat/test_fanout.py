"""The one daring file: frames made by hand are what a client reads, in order, whole, and bounded."""

import asyncio
import functools
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from chat.fanout import YIELD_EVERY, AsgiWriter, DirectWriter, Frames, broadcast, writer_for
from tests.chat.doubles import RecordingWriter, until
from tests.live import Client, LiveServer

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
    await until(lambda: writer.done)
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
    await until(lambda: writer.done)
    assert len(send.texts) <= 1, "what was in the server's hands already"
    assert send.sent[-1] == {"type": "websocket.close", "code": 4008}


async def test_what_was_read_no_longer_counts() -> None:
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    for _ in range(100):
        writer.write(Frames(["x" * 900]))
        await until(lambda: writer.done)
    assert len(send.texts) == 100


async def test_who_has_read_everything_may_be_sent_something_large() -> None:
    """A batch of long messages closed every reader as a slow one, however fast it was."""
    send = RecordingSend()
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["x" * 5000, "y" * 5000]))
    await until(lambda: writer.done)
    assert send.texts == ["x" * 5000, "y" * 5000]


async def test_a_send_that_fails_ends_the_writing_quietly() -> None:
    send = RecordingSend()
    send.fails = True
    writer = AsgiWriter(send, 1000)
    writer.write(Frames(["a", "b"]))
    await until(lambda: writer.done)
    send.fails = False
    writer.write(Frames(["c"]))
    writer.close(4000)
    await asyncio.sleep(0)
    assert writer.done
    assert send.sent == []


# Straight to the socket


class Transport:
    """Twisted's TCP transport as far as the writer uses it, over a real socket with a small buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.connected = True
        self.disconnecting = False
        self.dataBuffer = b""
        self.offset = 0
        self._tempDataLen = 0
        self._temp: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._temp.append(data)
        self._tempDataLen += len(data)

    def flush(self) -> None:
        """What the reactor does when the socket can be written to."""
        self.dataBuffer = self.dataBuffer[self.offset :] + b"".join(self._temp)
        self.offset, self._tempDataLen, self._temp = 0, 0, []
        try:
            self.offset = self.socket.send(self.dataBuffer)
        except BlockingIOError:
            pass


class Protocol:
    """Daphne's WebSocket protocol as far as the writer uses it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.state = WebSocketProtocol.STATE_OPEN
        self.closed: list[int] = []

    def serverClose(self, code: int) -> None:  # noqa: N802 - Daphne's name
        self.state = WebSocketProtocol.STATE_CLOSING
        self.closed.append(code)


@pytest.fixture
def pair() -> Iterator[tuple[Protocol, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        near.setblocking(False)
        far.setblocking(False)
        yield Protocol(Transport(near)), far


def drain(far: socket.socket) -> bytes:
    parts = []
    while True:
        try:
            part = far.recv(2**20)
        except BlockingIOError:
            return b"".join(parts)
        if not part:
            return b"".join(parts)
        parts.append(part)


def test_frames_go_out_at_once_while_nothing_waits(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, far = pair
    DirectWriter(protocol, LIMIT).write(Frames(["hello", "you"]))
    assert read_back(drain(far)) == ["hello", "you"]
    assert protocol.transport._tempDataLen == 0


def test_what_the_socket_does_not_take_follows_through_the_transport(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, far = pair
    writer = DirectWriter(protocol, LIMIT)
    texts = [f"{number}:" + "x" * 3000 for number in range(100)]
    received = b""
    for text in texts:
        writer.write(Frames([text]))
    while protocol.transport._tempDataLen or protocol.transport.offset < len(protocol.transport.dataBuffer):
        received += drain(far)
        protocol.transport.flush()
    assert read_back(received + drain(far)) == texts
    assert not protocol.closed


def test_nothing_overtakes_what_waits(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, far = pair
    writer = DirectWriter(protocol, LIMIT)
    writer.write(Frames(["x" * 200_000]))
    received = drain(far)  # now the socket could take more, but the rest of the first frame stands before it
    writer.write(Frames(["second"]))
    while protocol.transport._tempDataLen or protocol.transport.offset < len(protocol.transport.dataBuffer):
        protocol.transport.flush()
        received += drain(far)
    assert read_back(received) == ["x" * 200_000, "second"]


def test_a_reader_that_stalls_is_closed_when_the_limit_is_reached(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, _ = pair
    writer = DirectWriter(protocol, 100_000)
    for _ in range(1000):
        writer.write(Frames(["x" * 1000]))
    assert protocol.closed == [4008]
    assert protocol.transport._tempDataLen <= 100_000


def test_who_has_read_everything_may_be_sent_more_than_the_limit(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, _ = pair
    DirectWriter(protocol, 100_000).write(Frames(["x" * 400_000]))
    assert not protocol.closed


@pytest.mark.parametrize("ending", ["closing", "not connected", "disconnecting"])
def test_nothing_is_written_to_a_connection_that_ends(pair: tuple[Protocol, socket.socket], ending: str) -> None:
    protocol, far = pair
    if ending == "closing":
        protocol.state = WebSocketProtocol.STATE_CLOSING
    protocol.transport.connected = ending != "not connected"
    protocol.transport.disconnecting = ending == "disconnecting"
    writer = DirectWriter(protocol, LIMIT)
    writer.write(Frames(["hello"]))
    assert drain(far) == b""
    assert writer.done is (ending == "not connected")
    writer.close(4000)
    assert protocol.closed == ([] if ending == "closing" else [4000])


def test_a_broken_socket_is_left_for_the_reactor_to_find(pair: tuple[Protocol, socket.socket]) -> None:
    protocol, far = pair
    far.close()
    DirectWriter(protocol, LIMIT).write(Frames(["hello"]))
    assert protocol.transport._tempDataLen == 0
    assert not protocol.closed


async def test_what_the_server_holds_behind_send_counts_too(pair: tuple[Protocol, socket.socket]) -> None:
    send, transport = RecordingSend(), pair[0].transport
    transport.write(b"x" * 950)
    writer = AsgiWriter(send, 1000, transport)
    writer.write(Frames(["x" * 100]))
    await until(lambda: send.sent)
    assert send.sent == [{"type": "websocket.close", "code": 4008}]
    assert not writer.done, "the connection is not closed before the server says so"
    transport.connected = False
    assert writer.done


# Which of the two


def daphne_send(transport: object) -> Any:
    protocol = WebSocketProtocol()
    protocol.transport = transport
    server = Server(application=None, endpoints=["tcp:0"], signal_handlers=False)
    return functools.partial(server.handle_reply, protocol)


def tcp_transport(*, tls: bool) -> tcp.Connection:
    transport = tcp.Connection.__new__(tcp.Connection)
    transport.TLS = tls
    return transport


def test_daphne_on_plain_tcp_is_written_to_directly_unless_it_is_turned_off() -> None:
    send = daphne_send(tcp_transport(tls=False))
    assert isinstance(writer_for(send, direct=True, limit=LIMIT), DirectWriter)
    assert isinstance(writer_for(send, direct=False, limit=LIMIT), AsgiWriter)


@pytest.mark.parametrize("transport", [tcp_transport(tls=True), object(), None], ids=["tls", "unknown", "none"])
def test_another_transport_gets_its_frames_through_send(transport: object) -> None:
    assert isinstance(writer_for(daphne_send(transport), direct=True, limit=LIMIT), AsgiWriter)


async def test_another_server_gets_its_frames_through_send() -> None:
    assert isinstance(writer_for(RecordingSend(), direct=True, limit=LIMIT), AsgiWriter)
    assert isinstance(writer_for(functools.partial(RecordingSend()), direct=True, limit=LIMIT), AsgiWriter)


# Under a real Daphne


@pytest.mark.parametrize("direct", ["on", "off"])
async def test_both_ways_bring_every_frame_of_every_size_through_a_real_daphne(direct: str, tmp_path: Path) -> None:
    env = {"CHAT_DIRECT_WRITES": direct, "CHAT_RATE": "0", "CHAT_MAX_MESSAGE": "100000"}
    with LiveServer(tmp_path / "storage", env=env) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            said = [f"{size} " + "ä" * size for size in (1, 20, 40, 200, 16_000, 33_000, 90_000)] * 3
            for number, message in enumerate(said):
                await ada.send(type="message", message=message, client_id=str(number))
            for client in (ada, bob):
                heard = await client.collect("message", len(said))
                assert [event["message"] for event in heard] == said
                assert [event["id"] for event in heard] == list(range(2, 2 + len(said)))
    kept = json.loads((tmp_path / "storage" / "lobby.json").read_text(encoding="utf-8"))
    assert [record["message"] for record in kept[1:]] == said
