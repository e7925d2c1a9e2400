"""One client that floods: python -m benchmarks.flood_client PORT KIND, until it is ended.

It comes from another address than the rest of the load (Linux takes the whole of 127/8 for this machine), never waits
for an answer where it need not, and is back at once when it has been cut off.
"""

import contextlib
import itertools
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator

ADDRESS = "127.0.0.2"
AT_ONCE = 500  # frames of one write
HEAD = (
    b"GET /ws/chat/lobby/?username=flooder%b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
GET = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
WORDS = "so this is what they all read, sixty characters, not a word."
NUMBERS = itertools.count()  # another one in each message, in place of %d: what was rendered is kept for a while
FRAMES = {
    "messages": json.dumps({"type": "message", "message": WORDS}),
    "typing": '{"type":"typing"}',
    "history": '{"type":"history","limit":200}',
    "pings": '{"type":"ping"}',
    "nonsense": "nonsense",
    "long": json.dumps({"type": "message", "message": "%d " + "word " * 700}),
    "dear": json.dumps({"type": "message", "message": " ".join(f"https://example.org/%d/{n}" for n in range(50))}),
}
PATHS = {"pages": b"/chat/lobby/", "api": b"/api/rooms/lobby/messages?limit=200", "missing": b"/nowhere"}


def frames(kind: str, port: int) -> None:
    """Frames as fast as the socket takes them; what comes back is read and forgotten."""
    block = b"".join(_frame(kind) for _ in range(AT_ONCE))
    with _joined(port, b"") as client:
        client.setblocking(False)
        left = memoryview(block)
        while True:
            readable, writable, _ = select.select([client], [client], [])
            if writable:
                left = left[client.send(left) :] or memoryview(block)
            if readable and not client.recv(2**20):
                return


def steady(kind: str, port: int) -> None:
    """As many messages a second as CHAT_RATE says, and each of them is dear to render."""
    with _joined(port, b"") as client:
        client.setblocking(False)
        while True:
            client.sendall(_frame("dear"))
            time.sleep(0.1)
            while select.select([client], [], [], 0)[0] and client.recv(2**20):
                pass


def joins(kind: str, port: int) -> None:
    """Come in, and go as soon as something has been said."""
    with _joined(port, b"&since=1" if kind == "resumes" else b""):
        pass


def _frame(kind: str) -> bytes:
    return framed(FRAMES[kind].replace("%d", str(next(NUMBERS))).encode())


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
        client.sendall(GET % PATHS[kind])
        while client.recv(2**20):
            pass


KINDS: dict[str, Callable[[str, int], None]] = {
    **dict.fromkeys(FRAMES, frames),
    "steady": steady,
    "joins": joins,
    "resumes": joins,
    **dict.fromkeys(PATHS, pages),
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
    head = bytes((0x81, 0x80 | len(payload))) if len(payload) < 126 else b"\x81\xfe" + len(payload).to_bytes(2, "big")
    return head + bytes(4) + payload


def main(port: int, kind: str) -> None:
    """Again and again."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # the load that measures comes first
    while True:
        with contextlib.suppress(OSError):
            KINDS[kind](kind, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
