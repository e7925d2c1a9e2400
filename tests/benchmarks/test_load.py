"""The load generator counts what really happened: servers that misbehave on purpose are reported exactly so."""

import asyncio
import hashlib
import json
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks import load
from benchmarks.parts import fanout
from benchmarks.peers import chatsite

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the load generator waits with epoll"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler"),
]

CLIENTS, MESSAGES = 5, 100
SOON = {"settle": 0, "warmup": 0, "duration": 0.5, "rate": MESSAGES / 0.5, "quiet": 0.5, "drain": 5}
Deliver = Callable[[int, int, str], list[str]]  # client, number of the message, its text -> what this client gets


async def put_load(port: int, mode: str = "fanout", **options: object) -> load.Result:
    return await asyncio.to_thread(load.run, mode, **{"port": port, "clients": CLIENTS, **SOON, **options})


# Servers that misbehave


class Room:
    """A chat server that hands every message through `deliver`, separately for each client."""

    def __init__(self, deliver: Deliver) -> None:
        self.clients: list[ServerConnection] = []
        self.count = 0
        self._deliver = deliver

    async def serve(self, socket: ServerConnection) -> None:
        self.clients.append(socket)
        async for text in socket:
            assert isinstance(text, str)
            number, self.count = self.count, self.count + 1
            for index, client in enumerate(self.clients):
                for each in self._deliver(index, number, text):
                    await client.send(each)


@asynccontextmanager
async def room(deliver: Deliver) -> AsyncIterator[int]:
    """Such a server; its port."""
    async with serve(Room(deliver).serve, "127.0.0.1", 0, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]


def honest(client: int, number: int, text: str) -> list[str]:
    return [json.dumps({"type": "noise"}), json.dumps({"type": "message", "id": number, "message": text})]


async def test_what_arrives_once_and_in_order_is_counted_as_such() -> None:
    async with room(honest) as port:
        found = await put_load(port, senders=2)
    assert (found["sent"], found["expected"], found["received"]) == (MESSAGES, MESSAGES * CLIENTS, MESSAGES * CLIENTS)
    assert (found["lost"], found["late"], found["doubled"], found["out_of_order"]) == (0, 0, 0, 0)
    assert found["latency_ms"]["count"] == MESSAGES * CLIENTS
    assert found["other_frames"] == MESSAGES * CLIENTS


async def test_what_a_server_drops_is_lost_at_that_client() -> None:
    async with room(lambda client, number, text: [] if client < 2 and number % 10 == 3 else [text]) as port:
        found = await put_load(port)
    assert (found["lost"], found["late"], found["doubled"], found["out_of_order"]) == (2 * MESSAGES // 10, 0, 0, 0)


async def test_a_server_that_falls_silent_has_lost_the_rest() -> None:
    async with room(lambda client, number, text: [text] if number < MESSAGES // 2 else []) as port:
        found = await put_load(port)
    assert (found["lost"], found["late"]) == (CLIENTS * MESSAGES // 2, 0)


async def test_what_comes_twice_is_doubled() -> None:
    async with room(lambda client, number, text: [text] * (2 if number % 5 == 0 else 1)) as port:
        found = await put_load(port)
    assert (found["lost"], found["doubled"], found["out_of_order"]) == (0, CLIENTS * MESSAGES // 5, 0)


async def test_what_comes_behind_a_later_one_of_its_sender_is_out_of_order() -> None:
    held: dict[int, str] = {}

    def swap(client: int, number: int, text: str) -> list[str]:
        if number % 10 == 0:
            held[client] = text
            return []
        return [text, held.pop(client)] if client in held else [text]

    async with room(swap) as port:
        found = await put_load(port)
    assert (found["lost"], found["doubled"], found["out_of_order"]) == (0, 0, CLIENTS * MESSAGES // 10)


async def test_a_server_that_cannot_keep_up_is_late_and_loses_nothing() -> None:
    """Latency counts from the moment a message was due: what has not come yet is at least that late."""

    async def slow(socket: ServerConnection) -> None:
        async for text in socket:
            await asyncio.sleep(0.02)
            await socket.send(text)

    async with serve(slow, "127.0.0.1", 0, compression=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        found = await put_load(port, clients=1, drain=0.2)
    assert found["lost"] == 0
    assert found["late"] == MESSAGES - found["received"] > 0
    assert found["latency_ms"]["count"] == MESSAGES
    assert found["latency_ms"]["p50"] >= 200  # the middle one was due 0.25 s before the end, and 0.2 s followed


async def test_the_time_of_the_event_loop_is_that_of_the_main_thread_alone() -> None:
    """Here the main thread is this one. Another one works as well, as one that searches does."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            hashlib.sha256(bytes(2**20))

    working = threading.Thread(target=work)
    working.start()
    try:
        async with room(honest) as port:
            found = await put_load(port, pid=os.getpid())
    finally:
        is_over.set()
        working.join()
    assert 0 < found["loop_us_per_delivery"] < found["cpu_us_per_delivery"]


async def test_connections_that_a_server_closes_are_counted() -> None:
    async def leave(socket: ServerConnection) -> None:
        await socket.recv()

    async with serve(leave, "127.0.0.1", 0, compression=None) as server:
        found = await put_load(next(iter(server.sockets)).getsockname()[1], clients=3, senders=3)
    assert found["closed_early"] == 3
    assert found["lost"] == found["expected"]


# Framing


class Frames:
    """A server with its own framing: all three forms of a length, pings in between, and bytes in odd pieces."""

    PADDING = (0, 500, 70_000)

    def __init__(self) -> None:
        self.pongs = 0
        self.pings = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        try:
            while True:
                for piece in self._pieces(*await self._frame(reader)):
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _frame(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        first, second = await reader.readexactly(2)
        assert second & 0x80, "a client masks its frames"
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2))
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(size)
        return first & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))

    def _pieces(self, opcode: int, payload: bytes) -> Iterator[bytes]:
        if opcode == 10:
            assert payload == b"still there?"
            self.pongs += 1
            return
        padding = b" " * self.PADDING[self.pings % 3]
        self.pings += 1
        answer = framed(0x89, b"still there?") + framed(0x81, padding + payload + padding)
        for place in range(0, len(answer), 4099):
            yield answer[place : place + 4099]


def framed(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 2**16:
        return bytes((first, 126)) + size.to_bytes(2) + payload
    return bytes((first, 127)) + size.to_bytes(8) + payload


async def test_frames_of_every_length_in_any_pieces_are_understood_and_pings_answered() -> None:
    frames = Frames()
    server = await asyncio.start_server(frames.serve, "127.0.0.1", 0)
    async with server:
        found = await put_load(server.sockets[0].getsockname()[1], clients=1, length=60)
    assert (found["received"], found["lost"], found["doubled"], found["out_of_order"]) == (MESSAGES, 0, 0, 0)
    assert frames.pings == frames.pongs == MESSAGES


# The other ways of loading


async def test_receiving_counts_acknowledgements() -> None:
    async with room(honest) as port:
        found = await put_load(port, "receive", senders=CLIENTS, window=3)
    assert found["acknowledged_per_second"] > 0
    assert found["received"] == found["expected"] == found["sent"] * CLIENTS
    assert (found["lost"], found["doubled"], found["out_of_order"]) == (0, 0, 0)


async def test_connecting_waits_for_the_greeting_and_holds_on() -> None:
    waiting: set[ServerConnection] = set()

    async def greet(socket: ServerConnection) -> None:
        waiting.add(socket)
        await socket.send("welcome")
        await socket.wait_closed()
        waiting.discard(socket)

    def connect(port: int) -> tuple[load.Result, int]:
        with load.run_and_hold("connect", port=port, clients=40, pending=7, first_frame=True) as found:
            return found, len(waiting)

    async with serve(greet, "127.0.0.1", 0, compression=None) as server:
        found, held = await asyncio.to_thread(connect, next(iter(server.sockets)).getsockname()[1])
    assert (found["connected"], found["failed"], held) == (40, 0, 40)
    assert found["connects_per_second"] > 0


def test_a_server_that_is_not_there_is_an_error_with_a_reason() -> None:
    with pytest.raises(load.LoadError, match="0 of 5 clients could connect"):
        load.run("fanout", port=1, clients=CLIENTS)


# chatsite


def test_everything_said_on_chatsite_arrives_everywhere_once_and_in_order() -> None:
    found = fanout.measure(chatsite(), fanout.Workload(clients=50, rate=100), seconds=1)
    assert found["received"] == found["expected"] == 50 * 150
    wrong = {name: found[name] for name in ("lost", "late", "doubled", "out_of_order", "closed_early")}
    assert not any(wrong.values()), wrong
