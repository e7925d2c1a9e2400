"""Which heads are plain upgrades. Every other one is Twisted's; tests/server/test_front.py compares the answers."""

import pytest
from websockets.utils import accept_key

from chatsite.websocket.handshake import parse_upgrade

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
PLAIN = (
    "GET /ws/chat/lobby/?username=ada HTTP/1.1\r\n"
    "Host: chat.example.org\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\n"
    "\r\n"
).encode()
CHROMIUM = (
    b"GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost:8000\r\nConnection: Upgrade\r\nPragma: no-cache\r\n"
    b"Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nUpgrade: websocket\r\n"
    b"Origin: http://localhost:8000\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    b"Accept-Language: de,en;q=0.9\r\nCookie: chatsite_author=a:b:c; chatsite_language=de\r\n"
    b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)
FIREFOX = CHROMIUM.replace(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade")


def changed(old: bytes, new: bytes) -> bytes:
    assert old in PLAIN
    return PLAIN.replace(old, new)


def test_a_plain_upgrade_is_read_and_answered() -> None:
    upgrade = parse_upgrade(PLAIN)
    assert upgrade is not None
    assert (upgrade.path, upgrade.query) == ("/ws/chat/lobby/", b"username=ada")
    assert upgrade.headers[b"host"] == b"chat.example.org"
    assert f"\r\nSec-WebSocket-Accept: {accept_key(KEY)}\r\n".encode() in upgrade.response
    assert upgrade.response.startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    "head",
    [
        CHROMIUM,
        FIREFOX,
        changed(b"Upgrade: websocket", b"uPgrade:WebSocket"),
        changed(b"Connection: Upgrade", b"Connection: \t keep-alive ,  upgrade\t"),
        changed(
            b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nX-Forwarded-For: 203.0.113.7\r\nX-Empty:\r\n"
        ),
        changed(b"Host: chat.example.org", b"Host: chat.example.org\r\nX-Name: Zo\xc3\xab \xe9"),
        changed(b"?username=ada", b"?username=%C3%A4&since=3"),
        changed(b"?username=ada", b""),
    ],
)
def test_what_browsers_and_proxies_send_is_plain(head: bytes) -> None:
    assert parse_upgrade(head) is not None


@pytest.mark.parametrize(
    "head",
    [
        changed(b"GET", b"POST"),
        changed(b"GET", b"get"),
        changed(b"HTTP/1.1", b"HTTP/1.0"),
        changed(b"GET /ws", b"GET http://chat.example.org/ws"),
        changed(b"/lobby/", b"/lob%62y/"),
        changed(b"?username=ada", b"?username=ada#x-mark"),
        changed(b"?username=ada", "?username=ä".encode()),
        changed(b"?username=ada HTTP", b"? username HTTP"),
        changed(b"Host: chat.example.org\r\n", b""),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nhost: x-mark.example\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\n x-mark\r\n"),  # folded
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\nX-Mark: 1\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\rX-Mark: 1\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host : chat.example.org\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nX-Mark\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nX_Mark: 1\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nContent-Length: 4\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nTransfer-Encoding: chunked\r\n"),
        changed(b"Host: chat.example.org\r\n", b"Host: chat.example.org\r\nSec-WebSocket-Protocol: chat\r\n"),
        *(changed(b"chat.example.org", b"a" + bytes((byte,)) + b"b") for byte in b"\x00\x0b\x0c\x1c\x1d\x1e\x7f\x85"),
        changed(b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        changed(b"Connection: Upgrade", b"Connection: keep-alive"),
        changed(b"Connection: Upgrade", b"Connection: not-upgrade"),
        changed(b"Version: 13", b"Version: 8"),
        changed(KEY.encode(), b"AAAAAAAAAAAAAAAAAAAA=="),
        changed(KEY.encode(), b"AAAAAAAAAAAAAAAAAAAAAA=A"),
        changed(f"Sec-WebSocket-Key: {KEY}\r\n".encode(), b""),
    ],
)
def test_anything_else_is_left_to_twisted(head: bytes) -> None:
    assert parse_upgrade(head) is None
