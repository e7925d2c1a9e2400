"""Connections with injected network faults, while clients join, post and leave all the time."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import visitor
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.chat_client import UNLIMITED, Person, present, reached, records, settled, stories
from tests.support.servers.faulty_proxy import Fate, Fault, Proxy
from tests.support.servers.history_checker import violations

CLIENTS = 8
MAX_BYTES = 50_000  # before the fault of a connection
FRAMES = 500  # after which a client leaves a connection without a fault


@pytest.mark.promise
async def test_clients_miss_and_duplicate_nothing_whatever_the_network_does(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    def random_fault() -> Fate:
        to_server = rng.random() < 0.5
        return Fate(rng.choice(list(Fault)), int(rng.triangular(1, MAX_BYTES, 1)) // (8 if to_server else 1), to_server)

    with LiveServer(storage, "serve", UNLIMITED) as server:
        async with Proxy(server.port, random_fault) as proxy:
            cookies = [await asyncio.to_thread(visitor, server) for _ in range(CLIENTS)]
            clients = [Person(proxy.ws_url, "lobby", f"client-{n}", cookie) for n, cookie in enumerate(cookies)]
            for client in clients:
                client.most = FRAMES
            async with present(clients):
                await reached(lambda: min(proxy.struck[fault] for fault in Fault), effort(5, torture=60))
                for client in clients:  # the next connections bypass the proxy
                    client.ws_url = server.ws_url
                await settled(clients)
        file = records(storage, "lobby")
        assert violations(stories(clients), file) == []
        assert "Traceback" not in server.output
    for fault, count in proxy.struck.items():
        tally(f"connections {fault}", count)
    tally("messages", len(file) - 1)
