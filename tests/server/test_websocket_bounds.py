"""The bounds of `manage.py serve` for WebSockets: memory, time, and the delay of other clients."""

import asyncio
import socket
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Opcode

from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, Client, LiveServer, fetch, wait_until
from tests.support.servers import raw_websocket as tcp
from tests.support.servers.raw_websocket import (
    HANDSHAKE,
    MemoryProbe,
    close_code,
    frame,
    frames_in,
    open_descriptors,
    read_all,
    send_until_cut,
    upgrade,
)

MIB = 2**20
MASK_BYTES = 4  # of a client's frame; a server's has none
FRAGMENT = frame(b"", final=False)  # the first of a message
FLOODS = {
    "messages": frame(b'{"type":"message","message":"flood"}') * 100,
    "large messages": frame(b'{"type":"message","message":"' + b"x" * 50_000 + b'"}'),
    "nonsense": frame(b"flood") * 100,
    "empty messages": frame(b"") * 100,
    "pings": frame(b"x" * 125, Opcode.PING) * 100,
    "empty fragments": FRAGMENT + frame(b"", Opcode.CONT, final=False) * 100_000,
    "small fragments": FRAGMENT + frame(b"x", Opcode.CONT, final=False) * 1000 + frame(b"", Opcode.CONT),
    "huge frames": frame(b"x" * MIB),
}
CLOSE_CODES = {
    "nonsense": {4002, 4009},
    "empty messages": {4002, 4009},
    "large messages": {4002, 4009},
    "huge frames": {1009, 4009},
}


@pytest.mark.promise
async def test_floods_are_slowed_and_cut_and_take_no_memory_and_the_others_go_on(
    server: LiveServer, tally: Tally
) -> None:
    await check_floods(server, tally)


@pytest.mark.promise
async def test_so_are_floods_by_way_of_twisted(by_twisted: LiveServer, tally: Tally) -> None:
    await check_floods(by_twisted, tally)


async def check_floods(server: LiveServer, tally: Tally) -> None:
    with ThreadPoolExecutor(2 * len(FLOODS)) as pool:
        async with Client(server.ws_url, username="ada") as ada:
            memory = MemoryProbe(server)
            for _ in range(effort(1, torture=20)):
                flooding = [asyncio.wrap_future(pool.submit(flood, pool, server, part)) for part in FLOODS.values()]
                assert (await ada.say("calm"))["type"] == "message"
                for kind, (sent, received) in zip(FLOODS, await asyncio.gather(*flooding), strict=True):
                    assert sent < 16 * MIB, f"{kind}: what the system holds for both sides, and no more"
                    assert close_code(received) in CLOSE_CODES.get(kind, {4009}), kind
                assert (await ada.say("calm again"))["type"] == "message"
                tally("floods", len(FLOODS))
            assert memory.growth < 2 * MIB


def flood(pool: Executor, server: LiveServer, part: bytes) -> tuple[int, bytes]:
    """Send without end. How many bytes were sent before the connection was cut, and what was received."""
    with upgrade(server) as client:
        receiving = pool.submit(read_all, client)
        return send_until_cut(client, part, 100 * MIB), receiving.result()


def test_an_application_that_ignores_the_end_of_its_connection_is_cancelled(echo: LiveServer) -> None:
    with upgrade(echo, "/deaf/"):
        assert fetch(echo.url).json()["deaf"]
    wait_until(lambda: fetch(echo.url).json()["deaf"] == 0, "no deaf application is left")


@pytest.mark.promise
@pytest.mark.parametrize("size", [0, 60_000])
def test_frames_that_an_application_has_no_time_for_are_held_back_by_tcp(
    echo: LiveServer, size: int, tally: Tally
) -> None:
    memory = MemoryProbe(echo)
    with upgrade(echo, "/deaf/") as client:
        client.settimeout(1)  # without a byte sent: TCP holds it back
        sent = 0
        with suppress(TimeoutError):
            while sent < 100 * MIB:
                sent += client.send(frame(b"x" * size) * (1 + 60_000 // (size + 6)))
        assert sent < 16 * MIB
        assert memory.growth < 2 * MIB
    tally("readers without time")


def flood_before_handshake(server: LiveServer, client: socket.socket, flood: bytes) -> int:
    """Send a handshake, and then frames without waiting for the answer. How many bytes server and kernel took."""
    client.sendall(HANDSHAKE % b"/held/")
    wait_until(lambda: fetch(server.url).json()["held"], "the handshake is under way")
    client.settimeout(1)  # without a byte sent: TCP holds it back
    sent = 0
    with suppress(TimeoutError):
        while sent < len(flood):
            sent += client.send(flood[sent : sent + 60_000])
    client.settimeout(TIME_LIMIT)
    return sent


@pytest.mark.promise
def test_frames_before_the_answer_to_the_handshake_are_held_back_by_tcp(echo: LiveServer, tally: Tally) -> None:
    """A client that joins too fast waits seconds for the answer. All input meanwhile was kept, and copied per frame.

    A line of a handshake in it was taken for another handshake.
    """
    texts = [HANDSHAKE % b"/", *(b"%d" % number + b"x" * 60_000 for number in range(600))]
    flood, memory = b"".join(map(frame, texts)), MemoryProbe(echo)
    with tcp.connect(echo) as client, ThreadPoolExecutor(1) as pool:
        sent = flood_before_handshake(echo, client, flood)
        assert sent < 16 * MIB
        assert memory.growth < 2 * MIB
        assert fetch(echo.url + "/release/").status == 200, "the others are served"
        sending, answer = pool.submit(client.sendall, flood[sent:]), client.makefile("rb")
        assert b" 101 " in answer.readline()
        while answer.readline() != b"\r\n":
            pass
        received = answer.read(len(flood) - MASK_BYTES * len(texts))
        sending.result()
    assert [bytes(frame.data) for frame in frames_in(received)] == texts
    tally("floods")


@pytest.mark.promise
def test_a_client_that_leaves_before_the_answer_to_its_handshake_is_forgotten(echo: LiveServer, tally: Tally) -> None:
    """The end of a connection is not noticed while its transport is paused."""
    wait_until(lambda: open_descriptors(echo) < 30, "no connection of the tests before is left")
    before = open_descriptors(echo)
    with tcp.connect(echo) as client:
        flood_before_handshake(echo, client, frame(b"x") * MIB)
    fetch(echo.url + "/release/")
    wait_until(lambda: open_descriptors(echo) == before, "they are gone")
    tally("floods")


def test_frames_in_one_segment_with_the_handshake_are_read(echo: LiveServer) -> None:
    """HTTP paused the transport after so much input at once, and nothing resumed it."""
    with tcp.connect(echo) as client:
        client.sendall(HANDSHAKE % b"/" + frame(b"x") * 4000)
        client.sendall(b"\xff" * 2**16)  # no valid frame, at whatever byte the server continues
        assert close_code(read_all(client).partition(b"\r\n\r\n")[2]) == 1002


@pytest.mark.promise
@pytest.mark.parametrize("size", [0, 60_000])
async def test_frames_that_were_held_back_arrive_whole_and_in_order(echo: LiveServer, size: int, tally: Tally) -> None:
    texts = [str(number) + "x" * size for number in range(effort(300, torture=5_000))]
    async with connect(echo.ws_url + "/slow/", proxy=None, open_timeout=TIME_LIMIT) as client:
        sending = asyncio.gather(*(client.send(text) for text in texts))
        for text in texts:
            assert await client.recv() == text
        await sending
    tally("messages to a slow application", len(texts))


@pytest.mark.promise
def test_pings_of_a_client_that_reads_no_pongs_take_no_memory(echo: LiveServer, tally: Tally) -> None:
    memory = MemoryProbe(echo)
    with upgrade(echo, receive_buffer=4096) as client:
        for _ in range(effort(500, torture=20_000)):
            client.sendall(frame(b"x" * 125, Opcode.PING) * 100)
        tally("pings without a reader", effort(50_000, torture=2_000_000))
    assert memory.growth < 2 * MIB


def test_every_ping_is_answered_for_a_client_that_reads(echo: LiveServer) -> None:
    with upgrade(echo) as client:
        for number in range(200):
            client.sendall(frame(str(number).encode(), Opcode.PING))
        client.sendall(frame(b"", Opcode.CLOSE))
        pongs = [frame for frame in frames_in(read_all(client)) if frame.opcode is Opcode.PONG]
    assert [int(pong.data) for pong in pongs] == list(range(200))


@pytest.mark.promise
def test_a_flood_in_one_segment_is_cut_in_the_middle_of_it(server: LiveServer, tally: Tally) -> None:
    """The input of one read is processed in portions, and counted after each of them."""
    with upgrade(server) as client:
        client.sendall(frame(b"", Opcode.PING) * 10_000)
        received = read_all(client)
    assert close_code(received) == 4009
    pongs = [frame for frame in frames_in(received) if frame.opcode is Opcode.PONG]
    assert len(pongs) < 2000, "as many as a second and the next one allow, and no more"
    tally("floods")


@pytest.mark.promise
def test_a_client_that_closes_and_reads_nothing_is_dropped(echo: LiveServer, tally: Tally) -> None:
    wait_until(lambda: open_descriptors(echo) < 30, "no connection of the tests before is left")
    before = open_descriptors(echo)
    many = [upgrade(echo, receive_buffer=4096) for _ in range(effort(5, torture=50))]
    for client in many:
        for _ in range(50):  # 10 MB: more than the kernel buffers for a socket
            client.sendall(frame(b"x" * 200_000))
        client.sendall(frame(b"", Opcode.CLOSE))
    wait_until(lambda: open_descriptors(echo) == before, "all of them are gone")
    for client in many:
        client.close()
    tally("goodbyes without a reader", len(many))


@pytest.mark.parametrize("site", ["server", "by_twisted"])
def test_who_sends_too_large_a_message_may_read_why_after_all_of_it(site: str, request: pytest.FixtureRequest) -> None:
    """Not after a reset: many systems discard what was received before it."""
    with upgrade(request.getfixturevalue(site)) as client:
        client.sendall(frame(b"x" * 300_000) + frame(b"\x03\xe8", Opcode.CLOSE))
        received = b""
        while part := client.recv(2**16):  # raises if the connection is reset
            received += part
    assert close_code(received) == 1009


def test_an_empty_message_is_a_message(echo: LiveServer) -> None:
    with upgrade(echo) as client:
        client.sendall(frame(b"") + frame(b"", Opcode.BINARY))
        assert client.makefile("rb").read(4) == b"\x81\x00\x82\x00"
