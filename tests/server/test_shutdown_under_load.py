"""SIGTERM under load: `manage.py serve` closes every connection with a close frame, and ends soon."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, Client, LiveServer
from tests.support.servers.raw_websocket import HANDSHAKE, close_code, connect, frame, read_all, upgrade
from tests.support.servers.server_kinds import NO_RATE_LIMIT

MAX_SECONDS = 2 * TIME_LIMIT / 30  # scales with the time limit of a slow machine
ROOMS = ("lobby", "other") * 20
LATE_HANDSHAKES = 20


@pytest.mark.promise
async def test_sigterm_under_load_gives_every_client_its_close_frame_and_ends_soon(storage: Path, tally: Tally) -> None:
    for _ in range(effort(1, torture=20)):
        with LiveServer(storage, "serve", NO_RATE_LIMIT) as server, ThreadPoolExecutor(LATE_HANDSHAKES + 1) as pool:
            async with AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(Client(server.ws_url, room)) for room in ROOMS]
                codes = [asyncio.create_task(talk(client)) for client in clients[:10]]
                codes += [asyncio.create_task(client.close_code()) for client in clients[10:]]
                half = stack.enter_context(connect(server))
                half.sendall(b"POST /name/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nuser")
                just_now = await stack.enter_async_context(Client(server.ws_url))
                codes += [asyncio.create_task(just_now.close_code())]
                late = [stack.enter_context(start_handshake(server)) for _ in range(LATE_HANDSHAKES)]
                ending = asyncio.wrap_future(pool.submit(terminate, server))
                received = await asyncio.gather(
                    *(asyncio.wrap_future(pool.submit(receive_until_close, client)) for client in late)
                )
                assert await asyncio.gather(*codes) == [4000] * len(codes)
                exit_code, seconds = await ending
        let_in = [rest for head, _, rest in (all_.partition(b"\r\n\r\n") for all_ in received) if b" 101 " in head]
        assert [close_code(rest) for rest in let_in] == [4000] * len(let_in)
        assert exit_code == 0
        assert seconds < MAX_SECONDS
        assert "Traceback" not in server.output
        tally("ends under load")
        tally("close frames at the end", len(codes) + len(let_in))


@pytest.mark.promise
def test_a_client_that_writes_before_it_reads_still_finds_the_close_frame(storage: Path, tally: Tally) -> None:
    """A client that was busy for a second found its connection reset, and never saw the close code."""
    with LiveServer(storage, "serve") as server, upgrade(server) as client:
        assert server.terminate() == 0
        client.sendall(frame(b'{"type":"ping"}'))
        assert close_code(read_all(client)) == 4000
    tally("close frames at the end")


async def talk(client: Client) -> int:
    """Post one message after the other until the connection is closed; the close code."""
    with suppress(ConnectionClosed):
        while True:
            await client.say("x" * 100)
    return await client.close_code()


def start_handshake(server: LiveServer) -> socket.socket:
    """Send a handshake, and do not wait for the answer."""
    client = connect(server)
    client.sendall(HANDSHAKE % b"/ws/chat/lobby/")
    return client


def receive_until_close(client: socket.socket) -> bytes:
    """Everything that is received, up to the close frame or the end."""
    received = b""
    with suppress(ConnectionError):
        while not received.endswith(b"\x88\x02\x0f\xa0") and (part := client.recv(2**16)):
            received += part
    client.close()
    return received


def terminate(server: LiveServer) -> tuple[int, float]:
    """The exit code, and the duration in seconds."""
    started = time.monotonic()
    return server.terminate(), time.monotonic() - started
