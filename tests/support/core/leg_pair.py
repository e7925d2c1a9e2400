"""One WebSocket of chatsite's own server (a leg), from the socket up, and another implementation at its other end.

The test replaces the event loop between them: nothing is read or written, and no timer ends, until the test says so.
"""

import asyncio
import math
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.frames import Close, Opcode

from chat.wire.fanout import Frames, Writer
from chatsite.websocket.bounds import WebSocketBounds
from chatsite.websocket.handshake import parse_upgrade
from chatsite.websocket.leg import Leg
from chatsite.websocket.legs import Legs
from chatsite.websocket.poller import BROKEN, READ, WRITE
from tests.support.core.client_end import ClientEnd
from tests.support.live_server import TIME_LIMIT


class FakeTimer:
    """A call that the test makes, unless it is cancelled before."""

    def __init__(self, seconds: float, call: Callable[[], object]) -> None:
        self.seconds = seconds
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    """Records the timers that are wanted."""

    def __init__(self) -> None:
        self.timers: list[FakeTimer] = []

    def call_later(self, seconds: float, call: Callable[..., object], *args: object) -> FakeTimer:
        self.timers.append(FakeTimer(seconds, lambda: call(*args)))
        return self.timers[-1]


class FakePoller:
    """Records what is watched for."""

    def __init__(self) -> None:
        self.loop = FakeLoop()
        self.handlers: dict[int, Any] = {}
        self.events = READ

    def modify(self, descriptor: int, events: int) -> None:
        assert descriptor in self.handlers
        assert events != self.events, "a system call for nothing"
        self.events = events

    def remove(self, descriptor: int) -> None:
        del self.handlers[descriptor]


class RecordingConsumer:
    """Records what it is given. It waits for `opening` and for what `answers` makes, if they are set."""

    def __init__(self) -> None:
        self.opening: Awaitable[None] | None = None
        self.answers: Callable[[str | bytes | None], Awaitable[None] | None] = lambda message: None
        self.taken: list[str | bytes | None] = []
        self.left = 0

    async def open(self, scope: Any, writer: Writer) -> None:
        if self.opening is not None:
            await self.opening
        writer.write(Frames([]))

    def take(self, text: str | None, data: bytes | None) -> Awaitable[None] | None:
        self.taken.append(data if text is None else text)
        return self.answers(self.taken[-1])

    def leave(self) -> None:
        self.left += 1


class LegPair(ClientEnd):
    """The leg, its consumer, and the client's end."""

    read_ends = (BlockingIOError, ConnectionResetError)

    def __init__(
        self,
        server_socket: socket.socket,
        client_socket: socket.socket,
        *,
        max_pending_bytes: int = 2**20,
        max_frames_per_second: float = math.inf,
    ) -> None:
        super().__init__(server_socket, client_socket)
        server_socket.setblocking(False)
        self.poller = FakePoller()
        poller: Any = self.poller
        bounds = WebSocketBounds(2**16, max_frames_per_second)
        self.legs = Legs(poller, bounds, max_pending_bytes, ping_interval=25, ping_timeout=20)
        self.consumer = RecordingConsumer()
        self.leg = Leg(self.legs, server_socket, self.consumer)

    def start(self, received: bytes = b"") -> None:
        """Answer the client's handshake. `received` came right behind it."""
        self.client.send_request(self.client.connect())
        upgrade = parse_upgrade(b"".join(self.client.data_to_send()))
        assert upgrade is not None
        self.leg.start({}, upgrade.response, received)

    @property
    def is_read(self) -> bool:
        """Whether the server wants what the client sends."""
        return bool(self.poller.events & READ)

    @property
    def wants_to_write(self) -> bool:
        """Whether the server has something that the socket did not take."""
        return bool(self.poller.events & WRITE)

    @property
    def is_writing(self) -> bool:
        return self.wants_to_write and not self.leg.finished

    def send(self) -> None:
        """Put what the client has to say into the socket, unread."""
        self.client_socket.sendall(b"".join(self.client.data_to_send()))

    def deliver(self, data: bytes | None = None) -> None:
        """The client sends, and the server reads it."""
        self.send() if data is None else self.client_socket.sendall(data)
        self.leg.on_event(READ)

    def flush(self) -> None:
        """The socket can be written."""
        self.leg.on_event(WRITE)

    def report(self, events: int = BROKEN) -> None:
        """The poller tells how the client has left."""
        self.leg.on_event(events | READ if self.is_read else events)

    def run_timers(self, seconds: float) -> None:
        """Let the timers end that were set to this many seconds."""
        timers, self.poller.loop.timers = self.poller.loop.timers, []
        for timer in timers:
            if timer.seconds != seconds:
                self.poller.loop.timers.append(timer)
            elif not timer.cancelled:
                timer.call()


@contextmanager
def new_pair(**options: Any) -> Iterator[LegPair]:
    """Both ends, not connected yet; `options` as of `LegPair`."""
    server_socket, client_socket = socket.socketpair()
    with server_socket, client_socket:
        yield LegPair(server_socket, client_socket, **options)


async def opened(pair: LegPair) -> LegPair:
    """With the answer to its handshake read."""
    pair.start()
    await until_idle(pair)
    assert pair.read_everything() == []
    assert pair.response is not None
    return pair


async def until_idle(pair: LegPair) -> None:
    """The consumer waits for nothing."""
    while pair.leg.task is not None:
        assert (await asyncio.wait([pair.leg.task], timeout=TIME_LIMIT))[0], "it waits for ever"
        await asyncio.sleep(0)  # for its callback


def close_codes(pair: LegPair) -> list[int]:
    """What the client has been told, when everything is read."""
    return [Close.parse(payload).code for opcode, payload in pair.read_everything() if opcode is Opcode.CLOSE]
