"""A connection whose head is not known yet, without a server."""

import socket
from types import SimpleNamespace
from typing import Any

from chatsite.http_bounds import REQUEST_SECONDS
from chatsite.opening import Opening
from chatsite.websocket.poller import READ


class RecordingFront:
    """Records what it hands over. Its time is what the test sets."""

    starts = (b"GET /ws/",)
    longest_start = 8

    def __init__(self) -> None:
        self.now = 0.0
        self.legs = SimpleNamespace(
            loop=SimpleNamespace(time=lambda: self.now), poller=SimpleNamespace(remove=lambda descriptor: None)
        )
        self.openings: dict[Opening, None] = {}
        self.handed_over: list[tuple[bytes, float]] = []

    def hand_over(self, connection: socket.socket, peer: Any, data: bytes, seconds_left: float) -> None:
        self.handed_over.append((data, seconds_left))


def test_a_request_that_begins_after_its_deadline_and_before_the_sweep_has_no_time_left() -> None:
    """Twisted refuses a negative time with an AssertionError, which would be in the log as a fault of ours."""
    ours, client = socket.socketpair()
    with ours, client:
        front: Any = RecordingFront()
        opening = Opening(front, ours, "")
        front.now = REQUEST_SECONDS + 0.5
        client.sendall(b"GET / HTTP/1.1\r\n")
        opening.on_event(READ)
    assert front.handed_over == [(b"GET / HTTP/1.1\r\n", 0)]
