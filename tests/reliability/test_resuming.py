"""Clients that resume after every event, and clients that join and leave all the time: no gap and no duplicate."""

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_joined,
    count_reached,
    histories,
    records,
    running,
    wait_until_delivered,
)

MESSAGES = 1000
JOINING_CLIENTS = 20


class DisconnectingClient(ReconnectingClient):
    """Disconnects right after one event, and reconnects when `may_reconnect` is set."""

    def __init__(self, last_id: int, may_reconnect: asyncio.Event, *arguments: Any) -> None:
        super().__init__(*arguments, silence_timeout=TIME_LIMIT)
        self.is_sending = False
        self._disconnect_at = last_id
        self._may_reconnect = may_reconnect

    async def connect_once(self) -> None:
        await super().connect_once()
        await self._may_reconnect.wait()

    def handle(self, frame: dict[str, Any]) -> None:
        super().handle(frame)
        if frame.get("id") == self._disconnect_at and not self.broken_connections:
            raise ConnectionAbortedError


@pytest.mark.promise
async def test_a_client_can_resume_after_each_event(storage: Path, rng: random.Random, tally: Tally) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        last_ids = sorted(rng.sample(range(2, MESSAGES + 2), effort(30, torture=MESSAGES)))
        now, later = asyncio.Event(), asyncio.Event()  # later, most of the missed events are only in the file
        now.set()
        clients = [
            DisconnectingClient(last_id, event, server.ws_url, "lobby", f"disconnects-at-{last_id}", {})
            for last_id, event in zip(last_ids, itertools.cycle([now, later]), strict=False)
        ]
        sender = ReconnectingClient(server.ws_url, "lobby", "sender", await asyncio.to_thread(cookie_headers, server))
        sender.is_sending = False
        async with running([sender, *clients]):
            await all_joined([sender, *clients])
            for number in range(MESSAGES):
                await sender.say(f"message {number}")
                await until(lambda: len(sender.unacknowledged) < 10)
            later.set()
            await wait_until_delivered([sender, *clients])
        assert [client.broken_connections for client in clients] == [1] * len(clients)
        assert violations(histories([sender, *clients]), records(storage, "lobby")) == []
        tally("resumes", len(clients))


@pytest.mark.promise
async def test_clients_that_join_while_others_post_get_every_event_once(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        sender = ReconnectingClient(server.ws_url, "lobby", "sender", await asyncio.to_thread(cookie_headers, server))
        joining_clients = [
            ReconnectingClient(server.ws_url, "lobby", f"joining-{number}", {}) for number in range(JOINING_CLIENTS)
        ]
        sender.is_sending = False
        for joining_client in joining_clients:
            joining_client.is_sending, joining_client.max_frames = False, rng.randrange(1, 20)
        async with running([sender, *joining_clients]):
            await all_joined([sender])
            posting = asyncio.create_task(_post_forever(sender))
            await count_reached(
                lambda: sum(joining_client.joins for joining_client in joining_clients), effort(300, torture=10_000)
            )
            posting.cancel()
            await wait_until_delivered([sender, *joining_clients])
        assert violations(histories([sender, *joining_clients]), records(storage, "lobby")) == []
        tally("joins", sum(joining_client.joins for joining_client in joining_clients))


async def _post_forever(sender: ReconnectingClient) -> None:
    """A hundred messages per second: few enough for every client to keep up."""
    while True:
        await sender.say(f"{asyncio.get_running_loop().time()}")
        await asyncio.sleep(0.01)
