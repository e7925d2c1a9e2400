"""One client that floods: python -m benchmarks.flooder PORT KIND, until it is ended.

It comes from another address than the rest of the load (Linux takes the whole of 127/8 for this machine), never waits
for an answer where it need not, and is back at once when it has been cut off.
"""

import contextlib
import json
import os
import select
import socket
import sys
from collections.abc import Callable, Iterator

ADDRESS = "127.0.0.2"
AT_ONCE = 500  # frames of one write
HEAD = (
    b"GET /ws/chat/lobby/?username=flooder%b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
GET = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
WORDS = "so this is what they all read, sixty characters, not a word."
FRAMES = {
    "messages": json.dumps({"type": "message", "message": WORDS}),
    "typing": '{"type":"typing"}',
    "history": '{"type":"history","limit":200}',
    "pings": '{"type":"ping"}',
    "nonsense": "nonsense",
}


def frames(kind: str, port: int) -> None:
    """Frames as fast as the socket takes them; what comes back is read and forgotten."""
    block = framed(FRAMES[kind].encode()) * AT_ONCE
    with _joined(port, b"") as client:
        client.setblocking(False)
        left = memoryview(block)
        while True:
            readable, writable, _ = select.select([client], [client], [])
            if writable:
                left = left[client.send(left) :] or memoryview(block)
            if readable and not client.recv(2**20):
                return


def joins(kind: str, port: int) -> None:
    """Come in, and go as soon as something has been said."""
    with _joined(port, b"&since=1" if kind == "resumes" else b""):
        pass


@contextlib.contextmanager
def _joined(port: int, query: bytes) -> Iterator[socket.socket]:
    with connected(port) as client:
        client.sendall(HEAD % query)
        heard = b""
        while b'"type":' not in heard and (part := client.recv(2**16)):
            heard += part
        yield client


def pages(kind: str, port: int) -> None:
    """A whole answer after the other."""
    with connected(port) as client:
        client.sendall(GET % (b"/chat/lobby/" if kind == "pages" else b"/api/rooms/lobby/messages?limit=200"))
        while client.recv(2**20):
            pass


KINDS: dict[str, Callable[[str, int], None]] = {
    **dict.fromkeys(FRAMES, frames),
    "joins": joins,
    "resumes": joins,
    "pages": pages,
    "api": pages,
}


def connected(port: int, receive_buffer: int = 0) -> socket.socket:
    """A connection from the other address; `receive_buffer` is what the system may keep for it, in bytes."""
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.bind((ADDRESS, 0))
    client.connect(("127.0.0.1", port))
    return client


def framed(payload: bytes) -> bytes:
    """Masked, as a client's must be; by zeros, which change nothing."""
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload


def main(port: int, kind: str) -> None:
    """Again and again."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # the load that measures comes first
    while True:
        with contextlib.suppress(OSError):
            KINDS[kind](kind, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
