"""`manage.py serve --unix`: the file, who may connect, the client address, and the same bounds as on TCP."""

import asyncio
import grp
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.conftest import StoredMessages
from tests.support.live_server import PROJECT, TIME_LIMIT, wait_until
from tests.support.servers.raw_websocket import (
    HANDSHAKE,
    MIN_RECEIVE_BUFFER_BYTES,
    close_code,
    connect,
    frame,
    frames_in,
    is_cut,
    read_all,
    send_until_cut,
    upgrade,
)
from tests.support.servers.server_kinds import NO_RATE_LIMIT
from tests.support.servers.unix_server import UnixServer

KIB = 1024
PAGE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server(storage: Path) -> UnixServer:
    """Not started yet."""
    storage.mkdir(mode=0o700)
    return UnixServer(storage, NO_RATE_LIMIT)


# The file


async def test_two_people_talk_and_the_file_is_gone_afterwards(
    server: UnixServer, stored_messages: StoredMessages
) -> None:
    with server:
        async with server.client(username="ada") as ada, server.client(username="bob") as bob:
            said = await ada.say("hello through a file")
            assert await bob.receive("message") == said
            mode = server.path.stat().st_mode
            assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o660)
            assert await asyncio.to_thread(server.terminate) == 0
            assert await ada.close_code() == await bob.close_code() == 4000
    assert [message["message"] for message in stored_messages()] == ["hello through a file"]
    assert f"chatsite is ready: unix:{server.path}\n" in server.output
    assert "frames go out by chatsite's sockets" in server.output
    assert not server.path.exists()


def test_the_socket_belongs_to_the_group_of_the_proxy(storage: Path) -> None:
    group = grp.getgrgid(max(os.getgroups()) if os.getuid() else grp.getgrnam("nogroup").gr_gid)
    with UnixServer(storage, None, "--unix-group", group.gr_name) as server:
        assert server.path.stat().st_gid == group.gr_gid
        assert stat.S_IMODE(server.path.stat().st_mode) == 0o660


def test_the_file_of_a_server_that_was_killed_is_replaced(server: UnixServer) -> None:
    with server:
        server.kill()
        assert server.path.exists(), "nobody was there to remove it"
        server.start()
        assert server.get("/readyz") == 200
    with server:
        assert server.get("/readyz") == 200, "and once more"


def test_a_file_that_was_removed_does_not_keep_the_server_from_ending(server: UnixServer) -> None:
    with server:
        server.path.unlink()
        assert server.terminate() == 0


def listen(server: UnixServer, *options: str) -> subprocess.CompletedProcess[str]:
    """Another start at the same path, which ends by itself."""
    command = [sys.executable, "manage.py", "serve", "--unix", server.address, *options]
    return subprocess.run(
        command, cwd=PROJECT, env=server._env, capture_output=True, text=True, check=False, timeout=TIME_LIMIT
    )


def test_the_file_of_a_running_server_is_left_alone(server: UnixServer) -> None:
    with server:
        inode = server.path.stat().st_ino
        second = listen(server)
        assert second.returncode == 1
        assert second.stderr == f"CommandError: cannot listen: another chatsite listens at {server.path}\n"
        assert server.path.stat().st_ino == inode
        assert server.get("/readyz") == 200


@pytest.mark.parametrize("options", [["--port", "8000"], ["--host", "127.0.0.1"]])
def test_a_server_listens_in_one_way(server: UnixServer, options: list[str]) -> None:
    assert listen(server, *options).returncode == 2
    group_only = subprocess.run(
        [sys.executable, "manage.py", "serve", "--unix-group", "x"], cwd=PROJECT, env=server._env, check=False
    )
    assert group_only.returncode == 2


# The address of a client


def limited(storage: Path, trusted_proxies: str) -> UnixServer:
    return UnixServer(storage, {"CHAT_TRUSTED_PROXIES": trusted_proxies, "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "1"})


ADA, BOB = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "198.51.100.9"}


async def is_refused(server: UnixServer, headers: dict[str, str]) -> bool:
    with pytest.raises(ConnectionClosed) as refused:
        async with server.client(headers=headers):
            return False
    return refused.value.rcvd is not None and refused.value.rcvd.code == 4010


async def test_without_a_trusted_proxy_all_clients_are_one_address_and_the_start_says_so(storage: Path) -> None:
    with limited(storage, "0") as server:
        assert "All visitors count as one address" in server.output
        async with server.client(headers=ADA):
            assert await is_refused(server, BOB)


async def test_a_trusted_proxy_names_the_address(storage: Path) -> None:
    with limited(storage, "1") as server:
        assert "one address" not in server.output
        async with server.client(headers=ADA), server.client(headers=BOB), server.client():
            assert await is_refused(server, ADA)
            assert await is_refused(server, {}), "connections without the header share one address"


async def test_it_is_the_same_address_on_a_connection_that_served_a_page(storage: Path) -> None:
    """Proxies keep their connections. Twisted and the system name the other end of a Unix socket differently."""
    with limited(storage, "0") as server, connect(server) as client:
        client.sendall(PAGE)
        assert client.recv(2**16).startswith(b"HTTP/1.1 200 ")
        client.sendall(HANDSHAKE % b"/ws/chat/lobby/")
        assert client.recv(2**16).startswith(b"HTTP/1.1 101 ")
        assert await is_refused(server, ADA)


def test_a_connection_that_served_a_page_may_go_on_with_anything(running: UnixServer) -> None:
    with connect(running) as client:
        for request, expected in [(PAGE, b"HTTP/1.1 200 "), (HANDSHAKE % b"/ws/chat/lob%62y", b"HTTP/1.1 403 ")]:
            client.sendall(request)
            assert client.recv(2**16).startswith(expected)


@pytest.mark.skipif(sys.platform != "linux", reason="names without a file are Linux's")
async def test_a_client_may_have_a_name_of_its_own(storage: Path) -> None:
    """It says nothing about where a client is: otherwise whoever chooses one would have limits of their own."""
    with limited(storage, "0") as server:
        for name in (f"\0{os.getpid():x}"[:4], f"\0chatsite-{os.getpid()}"):  # an address of IPv6 has four parts
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(TIME_LIMIT)
                client.bind(name)
                client.connect(server.address)
                client.sendall(PAGE)
                assert client.recv(2**16).startswith(b"HTTP/1.1 200 ")
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(TIME_LIMIT)
            client.bind(f"\0chatsite-{os.getpid()}")
            client.connect(server.address)
            client.sendall(HANDSHAKE % b"/ws/chat/lobby/")
            assert client.recv(2**16).startswith(b"HTTP/1.1 101 ")
            assert await is_refused(server, ADA)


# Nothing is lost


def test_what_was_sent_before_the_end_is_taken_although_the_server_waits_for_its_storage(
    running: UnixServer, storage: Path, stored_messages: StoredMessages
) -> None:
    """Unlike on TCP the end is reported at once, also while nothing is read."""
    with upgrade(running) as client:
        received = b""
        while b'"presence"' not in received:  # with unread bytes the end would be a reset
            received += client.recv(2**16)
        said = b'{"type":"message","message":"bye","client_id":"x-mark"}'
        client.sendall(frame(b'{"type":"history","limit":5}') + frame(said))
    wait_until((storage / "lobby.json").exists, "the message is stored")
    assert [message["message"] for message in stored_messages()] == ["bye"]


# Bounds


@pytest.fixture
def running(server: UnixServer) -> Iterator[UnixServer]:
    with server:
        yield server


def test_a_body_that_is_too_large_is_refused(running: UnixServer) -> None:
    with connect(running) as client:
        client.sendall(b"POST /name/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 413 ")


def test_a_flood_is_cut(storage: Path) -> None:
    with UnixServer(storage) as server, upgrade(server) as client:
        assert send_until_cut(client, frame(b"flood") * 100, 100_000 * KIB) < 100_000 * KIB
        assert close_code(read_all(client)) in {4002, 4009, 1006}


@pytest.mark.parametrize("direct_writes", ["on", "off"])
async def test_the_kernel_buffers_little_for_a_stalled_reader(storage: Path, direct_writes: str) -> None:
    """On TCP an option limits what the kernel takes (TCP_NOTSENT_LOWAT); here the send buffer has to be small."""
    env = {**NO_RATE_LIMIT, "CHAT_SEND_BUFFER": str(64 * KIB), "CHAT_DIRECT_WRITES": direct_writes}
    with UnixServer(storage, env) as server:
        async with server.client(username="ada") as ada:
            stalled = await asyncio.to_thread(upgrade, server, receive_buffer=MIN_RECEIVE_BUFFER_BYTES)
            with stalled:
                for _ in range(60):  # half a megabyte
                    await ada.say("x" * 4000)
                async with asyncio.timeout(TIME_LIMIT):
                    while not is_cut(stalled):  # noqa: ASYNC110 (there is no event for it)
                        await asyncio.sleep(0.05)
                received = await asyncio.to_thread(read_all, stalled)
            assert len(received) < 160 * KIB, "64 KiB of the process, and the rest of the kernel"
            assert frames_in(received), "what was sent before is readable"
            assert (await ada.say("still here"))["type"] == "message"
