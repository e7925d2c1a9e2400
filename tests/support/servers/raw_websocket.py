"""Clients that break every rule, as bytes on a socket, and probes for what they cost the server."""

import os
import select
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from tests.support.live_server import TIME_LIMIT, LiveServer, wait_until

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
HANDSHAKE = b"GET %s HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE
MIN_RECEIVE_BUFFER_BYTES = 4096  # for SO_RCVBUF: the kernel buffers about that much for a client


def connect(server: LiveServer, receive_buffer: int | None = None) -> socket.socket:
    """A connection that has sent nothing yet. `receive_buffer` is its SO_RCVBUF, in bytes."""
    client = socket.socket(server.family)
    client.settimeout(TIME_LIMIT)
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        client.connect(server.address)
    except BaseException:
        client.close()
        raise
    return client


def upgrade(
    server: LiveServer,
    path: str = "/ws/chat/lobby/",
    receive_buffer: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> socket.socket:
    """A WebSocket after its handshake, with nothing else read."""
    client = connect(server, receive_buffer)
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    client.sendall((HANDSHAKE % path.encode()).replace(UPGRADE, more.encode() + UPGRADE))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    assert b" 101 " in head
    return client


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT, *, final: bool = True) -> bytes:
    """A client's frame, masked with zeros: the payload stays as it is."""
    first = opcode | (0x80 if final else 0)
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 2**16:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def send_until_cut(client: socket.socket, part: bytes, size: int, then: Callable[[], object] = lambda: None) -> int:
    """How many bytes were sent before the other side cut the connection; `then` is called after each part."""
    sent = 0
    with suppress(ConnectionError):
        while sent < size:
            client.sendall(part)
            sent += len(part)
            then()
    return sent


def bytes_read_until_cut(server: LiveServer, client: socket.socket, part: bytes, size: int) -> int:
    """How many bytes a server read before it cut the connection. A part is sent when the one before was read.

    Otherwise the kernel would buffer megabytes more while the server is not scheduled.
    """
    return send_until_cut(client, part, size, lambda: wait_until(lambda: not _unread(server, client), "reading on"))


def _unread(server: LiveServer, client: socket.socket) -> int:
    """Bytes of a client in the server's kernel buffer, by proc(5); 0 when the connection is gone."""
    ends = [f"0100007F:{port:04X}" for port in (server.port, client.getsockname()[1])]
    for line in Path("/proc/net/tcp").read_text().splitlines():
        _, *both, _, queues = line.split()[:5]
        if both == ends:
            return int(queues.partition(":")[2], 16)
    return 0


def read_all(client: socket.socket) -> bytes:
    """Everything that is received until the other side ends the connection, by FIN or reset."""
    parts = []
    with suppress(ConnectionResetError):
        while part := client.recv(2**16):
            parts.append(part)
    return b"".join(parts)


def is_cut(client: socket.socket) -> bool:
    """Whether the other side has ended the connection, without reading what it sent."""
    poll = select.poll()
    poll.register(client, select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


def frames_in(received: bytes) -> list[Frame]:
    """The frames that a server sent."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(received)
    return [frame for frame in client.events_received() if isinstance(frame, Frame)]


def close_code(received: bytes) -> int:
    """The close code of a server; 1006 without a close frame."""
    closes = (Close.parse(bytes(frame.data)).code for frame in frames_in(received) if frame.opcode is Opcode.CLOSE)
    return next(closes, 1006)


class EchoServer(LiveServer):
    """The site's server with the application of echo_program.py."""

    max_message = 2**20

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "tests.support.servers.echo_program", str(self.port), str(self.max_message)]


def open_descriptors(server: LiveServer) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


class MemoryProbe:
    """The peak growth of a server's memory since this was made, in bytes."""

    def __init__(self, server: LiveServer) -> None:
        self._process = Path(f"/proc/{server.pid}")
        (self._process / "clear_refs").write_text("5")  # resets the peak: proc(5)
        self._before = self._kib("VmRSS")

    @property
    def growth(self) -> int:
        return 1024 * (self._kib("VmHWM") - self._before)

    def _kib(self, field: str) -> int:
        lines = (self._process / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
