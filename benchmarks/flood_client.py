"""One flooding client: python -m benchmarks.flood_client PORT KIND, until it is killed.

It uses another source address than the rest of the load (on Linux all of 127/8 is this machine), waits for responses
only where the protocol requires it, and reconnects immediately when the server closes its connection.
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

SOURCE_ADDRESS = "127.0.0.2"
FRAMES_PER_WRITE = 500
HANDSHAKE = (
    b"GET /ws/chat/lobby/?username=flooder%b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
REQUEST = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
TEXT = "so this is what they all read, sixty characters, not a word."
SERIALS = itertools.count()  # replace %d, so that each message is different and misses the server's render cache
FRAMES = {
    "messages": json.dumps({"type": "message", "message": TEXT}),
    "typing": '{"type":"typing"}',
    "history": '{"type":"history","limit":200}',
    "pings": '{"type":"ping"}',
    "nonsense": "nonsense",
    "long": json.dumps({"type": "message", "message": "%d " + "word " * 700}),
    "dear": json.dumps({"type": "message", "message": " ".join(f"https://example.org/%d/{n}" for n in range(50))}),
}
PATHS = {"pages": b"/chat/lobby/", "api": b"/api/rooms/lobby/messages?limit=200", "missing": b"/nowhere"}


def send_frames(kind: str, port: int) -> None:
    """Send frames as fast as the socket accepts them; received data is discarded."""
    block = b"".join(_frame(kind) for _ in range(FRAMES_PER_WRITE))
    with _joined(port, b"") as client:
        client.setblocking(False)
        unsent = memoryview(block)
        while True:
            readable, writable, _ = select.select([client], [client], [])
            if writable:
                unsent = unsent[client.send(unsent) :] or memoryview(block)
            if readable and not client.recv(2**20):
                return


def send_at_allowed_rate(kind: str, port: int) -> None:
    """Send ten messages a second, the default CHAT_RATE; each of them is expensive to render."""
    with _joined(port, b"") as client:
        client.setblocking(False)
        while True:
            client.sendall(_frame("dear"))
            time.sleep(0.1)
            while select.select([client], [], [], 0)[0] and client.recv(2**20):
                pass


def join_and_leave(kind: str, port: int) -> None:
    """Join, and leave when the first event has arrived."""
    with _joined(port, b"&since=1" if kind == "resumes" else b""):
        pass


def _frame(kind: str) -> bytes:
    return encode_frame(FRAMES[kind].replace("%d", str(next(SERIALS))).encode())


@contextlib.contextmanager
def _joined(port: int, query: bytes) -> Iterator[socket.socket]:
    with connect(port) as client:
        client.sendall(HANDSHAKE % query)
        received = b""
        while b'"type":' not in received and (part := client.recv(2**16)):
            received += part
        yield client


def request_page(kind: str, port: int) -> None:
    """Request one page and read the whole response."""
    with connect(port) as client:
        client.sendall(REQUEST % PATHS[kind])
        while client.recv(2**20):
            pass


def search(port: int, word: str) -> None:
    """Search a room for a word, again and again, each time when the answer to the last one is there."""
    request = REQUEST % b"/api/rooms/lobby/search?q=%b" % word.encode()
    while True:
        with contextlib.suppress(OSError), connect(port) as client:
            client.sendall(request)
            while client.recv(2**20):
                pass


# The names are those of the cases in the results.
KINDS: dict[str, Callable[[str, int], None]] = {
    **dict.fromkeys(FRAMES, send_frames),
    "steady": send_at_allowed_rate,
    "joins": join_and_leave,
    "resumes": join_and_leave,
    **dict.fromkeys(PATHS, request_page),
}


def connect(port: int, receive_buffer: int = 0) -> socket.socket:
    """Connect from SOURCE_ADDRESS; `receive_buffer` limits the kernel's receive buffer, in bytes."""
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.bind((SOURCE_ADDRESS, 0))
    client.connect(("127.0.0.1", port))
    return client


def encode_frame(payload: bytes) -> bytes:
    """A text frame. A client must mask its frames; a mask of zeros leaves the payload unchanged."""
    head = bytes((0x81, 0x80 | len(payload))) if len(payload) < 126 else b"\x81\xfe" + len(payload).to_bytes(2, "big")
    return head + bytes(4) + payload


def main(port: int, kind: str) -> None:
    """Flood, and start again after each disconnect."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # the load generator on the same core has priority
    while True:
        with contextlib.suppress(OSError):
            KINDS[kind](kind, port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
