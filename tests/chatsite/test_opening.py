"""A connection whose head is not known yet, without a server."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from chatsite.front import Front
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


@pytest.mark.parametrize(("now", "seconds_left"), [(0.0, REQUEST_SECONDS), (4.0, REQUEST_SECONDS - 4.0)])
def test_twisted_gets_what_is_left_of_the_time(now: float, seconds_left: float) -> None:
    ours, client = socket.socketpair()
    with ours, client:
        front: Any = RecordingFront()
        opening = Opening(front, ours, "")
        front.now = now
        client.sendall(b"POST / HTTP/1.1\r\n")
        opening.on_event(READ)
    assert front.handed_over == [(b"POST / HTTP/1.1\r\n", seconds_left)]


def test_the_time_that_is_left_ends_a_handed_over_request() -> None:
    """Twisted's own deadline would begin anew with the hand-over."""
    calls: list[tuple[str, Any]] = []
    protocol = SimpleNamespace(
        makeConnection=lambda transport: calls.append(("makeConnection", None)),
        setTimeout=lambda seconds: calls.append(("setTimeout", seconds)),
        dataReceived=lambda data: calls.append(("dataReceived", data)),
    )
    ours, client = socket.socketpair()
    with ours, client:
        port: Any = SimpleNamespace(
            socket=ours,
            sessionno=0,
            reactor=None,
            factory=SimpleNamespace(buildProtocol=lambda address: protocol),
            transport=lambda *arguments: None,
            stopReading=lambda: None,
            _buildAddr=lambda peer: peer,
        )
        poller, loop = SimpleNamespace(add=lambda *arguments: None), SimpleNamespace(call_later=lambda *arguments: None)
        legs: Any = SimpleNamespace(poller=poller, loop=loop)
        route: Any = SimpleNamespace(prefixes=(b"/ws/",))
        Front(port, legs, route, lambda descriptor: True).hand_over(ours, "", b"GET / HTTP/1.1\r\n", 6.0)
    assert calls == [("makeConnection", None), ("setTimeout", 6.0), ("dataReceived", b"GET / HTTP/1.1\r\n")]


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
