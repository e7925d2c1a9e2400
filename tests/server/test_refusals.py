"""What a server does when the disk is full, a reader stalls, or somebody sends far too much."""

import asyncio
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from tests.live import Client, LiveServer
from tests.server.conftest import NO_LIMIT

Said = Callable[[], list[dict[str, Any]]]


@contextmanager
def no_room_left(server: LiveServer, path: Path) -> Iterator[None]:
    """No file of the server may grow past the size that this one has: writes fail as on a full disk."""
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (path.stat().st_size + 20, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
async def test_a_full_disk_refuses_and_recovers_and_nobody_is_shown_what_is_not_stored(
    storage: Path, said: Said
) -> None:
    with LiveServer(storage, env=NO_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            for _ in range(30):  # more than the server's log, which the limit is for as well
                await ada.say("x" * 4000)
            with no_room_left(server, storage / "lobby.json"):
                for number in range(5):
                    error = await ada.say(f"lost {number}")
                    assert (error["type"], error["code"]) == ("error", "storage_unavailable")
                    assert error["retry"] is True
                await ada.send(type="history", limit=5)
                assert len((await ada.receive("history"))["events"]) == 5, "reading goes on"
            assert (await ada.say("stored again"))["id"] == 32
            await bob.receive("message", where=lambda event: event["message"] == "stored again")
            assert [event["id"] for event in bob.messages] == list(range(2, 33))
    assert [message["message"] for message in said()][30:] == ["stored again"]


async def test_a_reader_that_stalls_is_closed_while_the_others_go_on(storage: Path) -> None:
    with LiveServer(storage, env=NO_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            stalled = await asyncio.to_thread(connect_and_stall, server)
            for number in range(1000):
                await ada.send(type="message", message=f"{number} " + "x" * 3900)
                await asyncio.gather(ada.receive("message"), bob.receive("message"))
            assert [event["id"] for event in bob.messages] == list(range(2, 1002))
            received = await asyncio.to_thread(read_to_the_end, stalled)
            assert len(received) < 1000 * 3900 * 2, "it was not sent everything"
            frames = read_back(received)
            texts = [frame for frame in frames if frame.opcode is Opcode.TEXT]
            assert texts
            closes = [Close.parse(bytes(frame.data)).code for frame in frames if frame.opcode is Opcode.CLOSE]
            assert closes in ([], [4008]), "told, or dropped when it did not listen to that either"
            assert (await bob.say("still here"))["type"] == "message"
        async with Client(server.ws_url, username="cleo", since=990, epoch=ada.welcome["epoch"]) as cleo:
            assert [event["id"] for event in await cleo.collect("message", 12)] == list(range(991, 1003))


def connect_and_stall(server: LiveServer) -> socket.socket:
    """A WebSocket that is opened and never read."""
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.settimeout(30)
    stalled.connect(("127.0.0.1", server.port))
    stalled.sendall(
        b"GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stalled.recv(1)
    assert b" 101 " in head
    return stalled


def read_to_the_end(stalled: socket.socket) -> bytes:
    parts = []
    with stalled:
        try:
            while part := stalled.recv(2**16):
                parts.append(part)
        except ConnectionResetError:
            pass
    return b"".join(parts)


def read_back(received: bytes) -> list[Frame]:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(received)
    return [frame for frame in client.events_received() if isinstance(frame, Frame)]


async def test_a_frame_that_is_far_too_long_harms_only_its_sender(storage: Path) -> None:
    with LiveServer(storage, env=NO_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            error = await bob.say("x" * 900_000)
            assert error["code"] == "message_too_long"
            for _ in range(3):
                async with Client(server.ws_url, username="charlie") as charlie:
                    with suppress(ConnectionClosed):  # it may be cut off before it has said everything
                        await charlie.send_text("x" * (2**20 + 1))
                    assert await charlie.close_code() in {1006, 1009}
            event = await ada.say("we go on")
            assert await bob.receive("message") == event


async def test_a_flood_of_frames_is_closed_and_the_others_go_on(storage: Path) -> None:
    with LiveServer(storage) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="charlie") as charlie:
            for _ in range(400):
                try:
                    await charlie.send(type="typing")
                except ConnectionClosed:
                    break
            assert await charlie.close_code() == 4009
            assert (await ada.say("calm"))["type"] == "message"
