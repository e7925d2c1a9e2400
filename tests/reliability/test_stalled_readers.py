"""Half of a room's clients stall, and some of them still post: the others miss nothing, and memory is bounded."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from websockets.frames import Opcode

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort, report
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_joined,
    histories,
    records,
    running,
    wait_until_delivered,
)
from tests.support.servers.stalled_sender import StalledSender

READERS = STALLED = effort(20, torture=200)
SEND_BUFFER_BYTES = effort(2**18, torture=2**20)
MESSAGES_PER_SECOND = effort(50, torture=10)
MAX_MESSAGES = 1000  # until all stalled clients are closed
POST_SECONDS = effort(0.5, torture=5.0)
LONG = "€" * 3900  # fills the send buffer soon
SLACK_KIB = 32 * 1024  # for other memory than backlogs: recent events, batches, the allocator


@pytest.mark.promise
async def test_stalled_clients_delay_no_other_client_are_closed_and_miss_nothing(storage: Path, tally: Tally) -> None:
    with LiveServer(storage, "serve", {**NO_LIMITS, "CHAT_SEND_BUFFER": str(SEND_BUFFER_BYTES)}) as server:
        sender = ReconnectingClient(
            server.ws_url,
            "lobby",
            "sender",
            await asyncio.to_thread(cookie_headers, server),
            silence_timeout=TIME_LIMIT,
        )
        readers = (
            ReconnectingClient(server.ws_url, "lobby", f"listener-{n}", {}, silence_timeout=TIME_LIMIT)
            for n in range(READERS)
        )
        listeners = [sender, *readers]
        for listener in listeners:
            listener.is_sending = False
        async with running(listeners):
            await all_joined(listeners)
            stalled_clients = [await asyncio.to_thread(StalledClient, server, number) for number in range(STALLED)]
            monitor = Monitor(server, stalled_clients)
            while not monitor.all_closed:
                await _post_long_message(sender)
                for stalled_client in stalled_clients:
                    stalled_client.maybe_post()
                monitor.measure()
            await asyncio.gather(*(asyncio.to_thread(stalled_client.read) for stalled_client in stalled_clients))
            reconnected = [stalled_client.client for stalled_client in stalled_clients]
            async with running(reconnected):
                await wait_until_delivered([*listeners, *reconnected])
        assert violations(histories([*listeners, *reconnected]), records(storage, "lobby")) == []
        assert not any(listener.broken_connections for listener in listeners)
    report(
        f"{STALLED} of {STALLED + READERS + 1} stalled: {monitor.grown_kib / STALLED:.0f} KiB of memory each, "
        f"all closed within {monitor.seconds:.1f} s of the first"
    )
    assert monitor.grown_kib < STALLED * (SEND_BUFFER_BYTES * 1.5) / 1024 + SLACK_KIB
    assert monitor.seconds < 10
    tally("stalled readers", STALLED)


async def _post_long_message(sender: ReconnectingClient) -> None:
    await sender.say(LONG)
    await asyncio.sleep(1 / MESSAGES_PER_SECOND)


class StalledClient:
    """Reads nothing until the server has closed it. Every second one posts messages."""

    def __init__(self, server: LiveServer, number: int) -> None:
        self._is_posting = number % 2 == 1
        cookie = cookie_headers(server) if self._is_posting else {}
        self.client = ReconnectingClient(server.ws_url, "lobby", f"stalled-{number}", cookie)
        self.client.is_sending = False
        self._socket = StalledSender(server, cookie)
        self._posted_at = time.monotonic()

    def maybe_post(self) -> None:
        """Post a message now and then while the server accepts it. An unacknowledged one is sent again later."""
        now = time.monotonic()
        if self._is_posting and now > self._posted_at + POST_SECONDS:
            self._posted_at = now
            text = f"message at {now}"
            client_id = self.client.queue(text)
            self._is_posting = self._socket.send(type="message", message=text, client_id=client_id)

    @property
    def is_closed(self) -> bool:
        return self._socket.cut

    def read(self) -> None:
        for frame in self._socket.read_to_the_end():
            if frame.opcode is Opcode.TEXT:
                self.client.handle(json.loads(frame.data))


class Monitor:
    """How much memory the server needs, and when it closes the stalled clients."""

    def __init__(self, server: LiveServer, stalled_clients: list[StalledClient]) -> None:
        self._server = server
        self._stalled_clients = stalled_clients
        self._kib = server.memory_kib
        self._measurements = 0
        self._first_closed_at = 0.0
        self.grown_kib = 0
        self.seconds = 0.0  # from the first close to the last
        self.all_closed = False

    def measure(self) -> None:
        now, closed = time.monotonic(), [stalled_client.is_closed for stalled_client in self._stalled_clients]
        self.grown_kib = max(self.grown_kib, self._server.memory_kib - self._kib)
        if any(closed):
            self._first_closed_at = self._first_closed_at or now
            self.seconds, self.all_closed = now - self._first_closed_at, all(closed)
        self._measurements += 1
        assert self._measurements < MAX_MESSAGES, f"{sum(closed)} of {STALLED} are closed after {MAX_MESSAGES} messages"
