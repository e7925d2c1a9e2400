"""The bounds of `manage.py serve` for HTTP: memory, time and connections; and the headers that it does not trust."""

import asyncio
import resource
import socket
from contextlib import ExitStack, suppress
from http.client import IncompleteRead
from pathlib import Path

import pytest

from chat.storage.json_files.store import JsonFileStore
from tests.support.effort import Tally, effort
from tests.support.live_server import Client, LiveServer, fetch, responds_ok, wait_until
from tests.support.servers.limited_server import LimitedServer
from tests.support.servers.raw_websocket import (
    HANDSHAKE,
    MemoryProbe,
    bytes_read_until_cut,
    connect,
    open_descriptors,
    read_all,
)
from tests.support.servers.server_kinds import NO_RATE_LIMIT

POST = b"POST /name/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
MB = 1_000_000


# Bodies


@pytest.mark.promise
@pytest.mark.parametrize("head", [b"Content-Length: 400000000", b"Transfer-Encoding: chunked"])
def test_a_body_of_400_mb_is_refused_before_it_is_read(server: LiveServer, head: bytes, tally: Tally) -> None:
    memory = MemoryProbe(server)
    for _ in range(effort(5, torture=100)):
        with connect(server) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)  # bytes in this buffer were not read
            client.sendall(POST + head + b"\r\n\r\n")
            taken = bytes_read_until_cut(server, client, b"10000\r\n" + bytes(2**16) + b"\r\n", 400 * MB)
            assert read_all(client).startswith(b"HTTP/1.1 413 ")
        assert taken < 2 * MB
        tally("endless bodies")
    assert memory.growth < 2**20


@pytest.mark.promise
def test_no_client_is_asked_for_a_body_that_will_be_refused(server: LiveServer, tally: Tally) -> None:
    with connect(server) as client:
        client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 400000000\r\n\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 413 ")
    tally("bodies not asked for")


@pytest.mark.parametrize("chunks", [1, 3])
def test_a_body_as_large_as_django_takes_arrives(server: LiveServer, chunks: int) -> None:
    """It is refused for its content: a form without its token."""
    size = 60_000 // chunks
    with connect(server) as client:
        client.sendall(POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(chunks):
            client.sendall(b"%x\r\n%b\r\n" % (size, b"x" * size))
        client.sendall(b"0\r\n\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 403 ")


def test_bodies_of_one_connection_are_not_added_up(server: LiveServer) -> None:
    with connect(server) as client:
        for _ in range(5):
            client.sendall(POST + b"Content-Length: 60000\r\n\r\n" + b"x" * 60_000)
            assert client.recv(12) == b"HTTP/1.1 403"
            while b"</html>" not in client.recv(2**16):
                pass


# Time


DRIBBLES = {
    "header": POST + b"X-Long: ",
    "headers": POST,
    "body": POST + b"Content-Length: 100000\r\n\r\n",
    "chunked body": POST + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
    "request line": b"GET /",
    "upgrade": b"GET /ws/chat/lo",
    "upgrade's headers": (HANDSHAKE % b"/ws/chat/lobby/")[:-2],
    "silence": b"",
}
DRIBBLED = {"headers": b"a: b\r\n", "upgrade's headers": b"a: b\r\n", "silence": b""}  # and otherwise a byte


@pytest.mark.promise
async def test_500_connections_that_dribble_are_cut_within_30_s_and_no_other(storage: Path, tally: Tally) -> None:
    with LiveServer(storage, "serve") as server:
        async with Client(server.ws_url, username="ada") as ada:
            before = open_descriptors(server)
            kinds = [*DRIBBLES] * (500 // len(DRIBBLES) + 1)
            async with asyncio.timeout(30):
                await asyncio.gather(*(dribble(server, kind) for kind in kinds[:500]))
            tally("dribbling connections", 500)
            assert (await ada.say("still here"))["type"] == "message"
        assert fetch(server.url + "/healthz").status == 200
        wait_until(lambda: open_descriptors(server) <= before, "their descriptors are free again")


async def dribble(server: LiveServer, kind: str) -> None:
    """Begin a request, and continue it for ever, a few bytes per second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(DRIBBLES[kind])
    ended = asyncio.ensure_future(reader.read())
    while not (await asyncio.wait([ended], timeout=1))[0]:
        writer.write(DRIBBLED.get(kind, b"x"))
    with suppress(ConnectionError):
        await ended
    writer.close()


async def test_a_connection_is_kept_for_the_next_request(server: LiveServer) -> None:
    with connect(server) as client:
        for _ in range(3):
            client.sendall(GET)
            assert b'{"status":"ok"}' in client.recv(2**16)


def test_an_incomplete_response_is_recognized_as_incomplete(echo: LiveServer) -> None:
    with pytest.raises(IncompleteRead):
        fetch(echo.url + "/broken/")
    assert "half an answer" in echo.output


# Connections


@pytest.mark.promise
async def test_connections_above_the_limit_are_refused_until_others_are_closed(storage: Path, tally: Tally) -> None:
    with ExitStack() as many:
        server = many.enter_context(LimitedServer(storage, 96, 96))
        async with Client(server.ws_url, username="ada") as ada:
            crowd = [many.enter_context(client) for client in map(connect_if_possible, [server] * 200) if client]
            wait_until(lambda: "new ones are refused" in server.output, "as many connections as there may be")
            assert open_descriptors(server) < 90, "some are kept for files"
            assert not responds_ok(server.url + "/healthz")
            assert (await ada.say("those who are here talk on"))["type"] == "message"
            for client in crowd:
                client.close()
            wait_until(lambda: open_descriptors(server) < 40, "room for others")
            assert responds_ok(server.url + "/healthz")
            async with Client(server.ws_url, username="bob") as bob:
                assert (await bob.say("hi"))["type"] == "message", "a descriptor is left for the files of a room"
        assert server.output.count("new ones are refused") < 100, "not a line for each of them"
        tally("connections too many", 200)


async def test_the_server_raises_its_limit_of_descriptors(storage: Path) -> None:
    """Regression: with a soft limit of 1024, as on most systems, one address could take all descriptors."""
    with ExitStack() as many, LimitedServer(storage, 96, 4096) as server:
        for _ in range(200):
            many.enter_context(connect(server))
        assert responds_ok(server.url + "/healthz")
        assert "One address" not in server.output


def test_the_server_says_at_the_start_when_one_address_could_take_all_descriptors(storage: Path) -> None:
    with LimitedServer(storage, 512, 512) as server:
        wait_until(lambda: "chatsite is ready" in server.output, "the first lines")
        wait_until(lambda: "One address may take 2000 descriptors" in server.output, "the warning")


@pytest.mark.promise
async def test_a_client_that_reads_all_rooms_takes_no_descriptor_from_the_others(storage: Path, tally: Tally) -> None:
    """Regression: each room that was read kept its file open for a minute: messages of others were refused."""
    store = JsonFileStore(storage)
    for number in range(effort(150, torture=900)):
        store.create(f"room-{number}", f"room {number}")
    with LimitedServer(storage, 96, 96, NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada:
            for number in range(effort(150, torture=900)):
                assert fetch(f"{server.url}/api/rooms/room-{number}/messages").status == 200
                async with Client(server.ws_url, f"room-{number}", username="charlie"):
                    pass
                assert (await ada.say(f"message {number}"))["type"] == "message"
                tally("rooms read")
            wait_until(lambda: open_descriptors(server) < 60, "no room keeps its file open")


def connect_if_possible(server: LiveServer) -> socket.socket | None:
    with suppress(ConnectionResetError):
        return connect(server)
    return None


@pytest.mark.promise
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
async def test_a_server_without_descriptors_refuses_new_ones_keeps_the_old_and_recovers(
    storage: Path, tally: Tally
) -> None:
    with LiveServer(storage, "serve", env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada:
            before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (open_descriptors(server), before[1]))
            for _ in range(effort(20, torture=500)):
                with connect(server) as client:
                    assert read_all(client) == b"", "at once, without a word"
                await ada.send(type="ping")
                await ada.receive("pong")
                error = await ada.say("this takes a descriptor, too")
                assert error["code"] == "storage_unavailable"
                tally("connections without a descriptor")
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
            assert responds_ok(server.url + "/healthz")
            assert (await ada.say("again"))["type"] == "message"
            async with Client(server.ws_url, username="bob") as bob:
                assert await bob.say("hi") == await ada.receive("message", where=lambda event: event["message"] == "hi")


# Headers


@pytest.mark.promise
@pytest.mark.parametrize("character", [b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85"])
@pytest.mark.parametrize(
    "request_", [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", HANDSHAKE % b"/ws/chat/lobby/"]
)
def test_a_header_that_could_become_two_is_refused(
    server: LiveServer, request_: bytes, character: bytes, tally: Tally
) -> None:
    """A program that splits lines as Python does would read a second header after such a character."""
    with connect(server) as client:
        client.sendall(request_[:-2] + b"X-Name: ada" + character + b"X-Mark: 1\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 400"
    tally("smuggled headers")


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: localhost\r\n"], ids=["none", "two"])
@pytest.mark.parametrize("method", [b"GET /healthz", b"POST /name/"])
def test_a_request_needs_one_host(server: LiveServer, method: bytes, hosts: bytes) -> None:
    """Regression: HTTP/1.1 without Host was answered with 200."""
    with connect(server) as client:
        client.sendall(method + b" HTTP/1.1\r\nContent-Length: 0\r\n" + hosts + b"\r\n" + GET)
        assert read_all(client).count(b"HTTP/1.1 400 ") == 1, "and nothing after it is answered"


def test_a_websocket_needs_one_host_too(server: LiveServer) -> None:
    with connect(server) as client:
        client.sendall((HANDSHAKE % b"/ws/chat/lobby/").replace(b"Host:", b"X-Host:"))
        assert read_all(client).startswith(b"HTTP/1.1 400 ")


def test_http_1_0_needs_no_host(server: LiveServer) -> None:
    with connect(server) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b" 200 " in client.recv(2**16).splitlines()[0]


def test_headers_about_the_client_address_are_not_believed(echo: LiveServer) -> None:
    lies = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
    assert fetch(echo.url, headers=lies).json()["client"] == "127.0.0.1"


def test_a_client_does_not_move_the_site_to_another_path(server: LiveServer) -> None:
    page = fetch(server.url + "/chat/lobby/", headers={"Daphne-Root-Path": "/elsewhere"})
    assert page.status == 200
    assert "/elsewhere" not in page.text
