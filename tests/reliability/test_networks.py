"""Connections with injected network faults, while clients join, post and leave all the time."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.faulty_proxy import Fault, PlannedFault, Proxy
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    count_reached,
    histories,
    records,
    running,
    wait_until_delivered,
)

CLIENTS = 8
MAX_BYTES = 50_000  # before the fault of a connection
FRAMES = 500  # after which a client leaves a connection without a fault


@pytest.mark.promise
async def test_clients_miss_and_duplicate_nothing_whatever_the_network_does(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    def random_fault() -> PlannedFault:
        to_server = rng.random() < 0.5
        return PlannedFault(
            rng.choice(list(Fault)), int(rng.triangular(1, MAX_BYTES, 1)) // (8 if to_server else 1), to_server
        )

    with LiveServer(storage, "serve", NO_LIMITS) as server:
        async with Proxy(server.port, random_fault) as proxy:
            cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(CLIENTS)]
            clients = [
                ReconnectingClient(proxy.ws_url, "lobby", f"client-{n}", cookie) for n, cookie in enumerate(cookies)
            ]
            for client in clients:
                client.max_frames = FRAMES
            async with running(clients):
                await count_reached(lambda: min(proxy.triggered[fault] for fault in Fault), effort(5, torture=60))
                for client in clients:  # the next connections bypass the proxy
                    client.ws_url = server.ws_url
                await wait_until_delivered(clients)
        file = records(storage, "lobby")
        assert violations(histories(clients), file) == []
        assert "Traceback" not in server.output
    for fault, count in proxy.triggered.items():
        tally(f"connections {fault}", count)
    tally("messages", len(file) - 1)
