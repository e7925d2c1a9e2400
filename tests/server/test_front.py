"""Where connections begin: plain upgrades are legs, and everything else is answered as Twisted answers it."""

import asyncio
import re
import socket
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.live_server import Client, LiveServer, wait_until
from tests.support.servers.raw_websocket import (
    HANDSHAKE,
    close_code,
    connect,
    frame,
    frames_in,
    open_descriptors,
    read_all,
    send_until_cut,
    upgrade,
)

LOBBY = HANDSHAKE % b"/ws/chat/lobby/"
PING = frame(b'{"type":"ping"}')
PAGE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
MIB = 2**20
HOST = b"Host: localhost\r\n"


def first_answer(client: socket.socket) -> bytes:
    """What is received up to the first frame, or the end."""
    received = b""
    while b'"type":' not in received and (part := client.recv(2**16)):
        received += part
    return received


def answer(server: LiveServer, head: bytes) -> bytes:
    """The head of the response to a request, without what differs between two servers."""
    received = b""
    with connect(server) as client:
        client.sendall(head)
        while b"\r\n\r\n" not in received and (part := client.recv(2**16)):
            received += part
    return re.sub(
        rb"(?im)^(date|x-request-id|set-cookie|content-security-policy): .*\r\n",
        b"",
        received.partition(b"\r\n\r\n")[0],
    )


def with_header(line: bytes) -> bytes:
    return LOBBY.replace(HOST, HOST + line + b"\r\n")


@pytest.mark.parametrize(
    "head",
    [
        LOBBY,
        HANDSHAKE % b"/ws/chat/NO%20ROOM/",
        HANDSHAKE % b"/ws/chat/lob%62y/",
        HANDSHAKE % b"/ws/chat/lobby/?since=x",
        HANDSHAKE % b"/ws/chat/lobby",
        HANDSHAKE % b"/ws/chat/",
        HANDSHAKE % b"/ws/other/",
        HANDSHAKE % b"http://localhost/ws/chat/lobby/",
        LOBBY.replace(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
        LOBBY.replace(b"Connection: Upgrade\r\n", b""),
        LOBBY.replace(b"Upgrade: websocket\r\n", b"Upgrade: x-mark\r\nConnection: close\r\n"),
        LOBBY.replace(b"Upgrade: websocket\r\n", b""),
        LOBBY.replace(b"Version: 13", b"Version: 7"),
        LOBBY.replace(b"Key: AA", b"Key: A"),
        LOBBY.replace(b"GET ", b"POST "),
        LOBBY.replace(HOST, b""),
        LOBBY.replace(HOST, HOST + HOST),
        LOBBY.replace(HOST, b"Host: x-mark.example\r\n"),
        LOBBY.replace(b"HTTP/1.1", b"HTTP/1.0"),
        LOBBY.replace(b"HTTP/1.1", b"HTTP/9"),
        with_header(b"Origin: http://localhost"),
        with_header(b"Origin: http://x-mark.example"),
        with_header(b"Origin: x-mark"),
        with_header(b"X-Folded: a\r\n b"),
        with_header(b"X_Mark: 1"),
        with_header(b"X-Mark"),
        with_header(b"X-Mark: a\x0bb"),
        with_header(b"Sec-WebSocket-Protocol: x-mark"),
        with_header(b"Content-Length: 0"),
        with_header(b"X-Long: " + b"x" * 10_000),
        with_header(b"X-Long: " + b"x" * 20_000),
        with_header(b"\r\n".join(b"X-%d: x" % number for number in range(520))),
    ],
)
def test_an_upgrade_is_answered_as_by_twisted(server: LiveServer, by_twisted: LiveServer, head: bytes) -> None:
    expected = answer(by_twisted, head)
    assert answer(server, head) == expected
    assert expected.startswith(b"HTTP/1.1 ") or len(head) > 16_384


def test_a_head_may_come_in_any_pieces(server: LiveServer) -> None:
    cuts = [*range(1, 30, 3), *range(30, len(LOBBY) - 6, 17), *range(len(LOBBY) - 6, len(LOBBY))]
    for cut in cuts:
        with connect(server) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(LOBBY[:cut])
            client.sendall(LOBBY[cut:])
            assert b'"welcome"' in first_answer(client), cut
    with connect(server) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in LOBBY:
            client.sendall(bytes((byte,)))
        assert b'"welcome"' in first_answer(client)


@pytest.mark.parametrize("part", [b"x" * 1000, b"X-Name: x\r\n" * 100], ids=["header", "headers"])
def test_a_head_without_an_end_is_cut(server: LiveServer, part: bytes) -> None:
    with connect(server) as client:
        client.sendall(LOBBY[:-2] + b"X-Long: ")
        assert send_until_cut(client, part, 100 * MIB) < 16 * MIB, "what the system holds for both sides"


def test_frames_right_behind_the_head_are_taken(server: LiveServer) -> None:
    with connect(server) as client:
        client.sendall(LOBBY + PING * 3 + PING[:4])
        client.sendall(PING[4:] + frame(b"\x03\xe8", 8))  # type: ignore[arg-type]
        received = read_all(client).partition(b"\r\n\r\n")[2]
    assert [b'"pong"' in bytes(one.data) for one in frames_in(received) if one.opcode == 1].count(True) == 4
    assert close_code(received) == 1000


@pytest.mark.parametrize("before", [b"", PAGE], ids=["at first", "after a page"])
def test_so_are_those_behind_a_head_that_goes_to_twisted(server: LiveServer, before: bytes) -> None:
    """They came with the head in one read, and Twisted keeps them for the next request, which never comes."""
    with connect(server) as client:
        client.sendall(before)
        while before and b'{"status":"ok"}' not in client.recv(2**16):
            pass
        client.sendall(with_header(b"Sec-WebSocket-Protocol: x-mark") + PING * 3 + PING[:4])
        client.sendall(PING[4:])
        received = b""
        while received.count(b'"pong"') < 4 and (part := client.recv(2**16)):
            received += part
        assert received.count(b'"pong"') == 4


def test_what_follows_a_request_on_its_connection_is_not_lost(server: LiveServer) -> None:
    """The second request came with the first one, before it was clear that they are for Twisted."""
    with connect(server) as client:
        client.sendall(PAGE[:3])
        client.sendall(PAGE[3:] + PAGE)
        received = b""
        while received.count(b'{"status":"ok"}') < 2:
            received += client.recv(2**16)


@pytest.mark.parametrize(("switch", "path"), [("on", "chatsite's sockets"), ("off", "Daphne's sockets")])
async def test_a_connection_that_served_a_page_can_become_a_websocket(storage: Path, switch: str, path: str) -> None:
    """Proxies keep connections for the next request, whatever it is."""
    with LiveServer(storage, "serve", {"CHAT_WEBSOCKET_LEG": switch}) as server, connect(server) as client:
        client.sendall(PAGE)
        assert b'{"status":"ok"}' in client.recv(2**16)
        client.sendall(LOBBY)
        assert b'"welcome"' in first_answer(client)
        assert f"frames go out by {path}" in server.output
        async with Client(server.ws_url) as ada:
            await ada.say("hi to both")
            received = b""
            while b"hi to both" not in received:
                received += await asyncio.to_thread(client.recv, 2**16)


def test_a_connection_that_served_pages_may_go_on_with_anything(server: LiveServer) -> None:
    with connect(server) as client:
        for request, expected in [
            (PAGE, b"HTTP/1.1 200 "),
            (HANDSHAKE % b"/ws/chat/lob%62y" + PAGE, b"HTTP/1.1 403 "),
        ]:
            client.sendall(request)
            assert client.recv(2**16).startswith(expected)
    for cut in (3, 20, len(LOBBY) - 1):
        with connect(server) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(PAGE)
            assert client.recv(2**16)
            client.sendall(LOBBY[:cut])
            client.sendall(LOBBY[cut:])
            assert b'"welcome"' in first_answer(client), cut


def test_a_client_that_leaves_within_its_head_is_forgotten(server: LiveServer) -> None:
    before = open_descriptors(server)
    for cut in (0, 5, 20, len(LOBBY) - 1, len(LOBBY)):
        with connect(server) as client:
            client.sendall(LOBBY[:cut])
        with connect(server) as client:
            client.sendall(PAGE)
            assert client.recv(2**16)
            client.sendall(LOBBY[:cut])
    wait_until(lambda: open_descriptors(server) <= before, "their descriptors are free again")


async def test_the_cookie_names_the_author_and_the_language(server: LiveServer) -> None:
    headers = cookie_headers(server)
    async with Client(server.ws_url, headers=headers) as first, Client(server.ws_url, headers=headers) as second:
        assert first.welcome["you"]["author"] == second.welcome["you"]["author"]
    async with Client(server.ws_url, headers={"Accept-Language": "de"}) as german:
        await german.send_text("{}")
        assert (await german.receive("error"))["detail"] != "This frame has no type."


async def test_the_log_lines_of_a_websocket_have_the_id_of_its_request(storage: Path) -> None:
    """Also those about what it asks for later, which other connections ask for in between."""
    with LiveServer(storage, "serve", {"CHAT_WEBSOCKET_LEG": "on"}) as server:
        async with (
            Client(server.ws_url, headers={"X-Request-Id": "x-mark-1"}) as ada,
            Client(server.ws_url, headers={"X-Request-Id": "x-mark-2"}) as bob,
        ):
            await ada.say("hi")
            await asyncio.gather(ada.say("and"), bob.say("again"))
            (storage / "lobby.json").write_text("[\nno room\n]\n")
            await ada.send(type="history", limit=5)
            await ada.receive("error")
        assert "[x-mark-1]" in server.output


def test_the_paths_with_and_without_the_prefix_of_the_site_are_legs(storage: Path) -> None:
    with LiveServer(storage, "serve", {"DJANGO_FORCE_SCRIPT_NAME": "/chat-site", "CHAT_WEBSOCKET_LEG": "on"}) as server:
        for path in ("/ws/chat/lobby/", "/chat-site/ws/chat/lobby/"):
            upgrade(server, path).close()
        assert "frames go out by chatsite's sockets" in server.output
        assert "frames go out by Daphne's sockets" not in server.output
