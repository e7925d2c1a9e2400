"""Networks that fail in every way they can, for people who come, talk and go all the time."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Held, effort
from tests.support.live_server import LiveServer
from tests.support.servers.faulty_proxy import Fault, PlannedFault, Proxy
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_settled,
    count_reached,
    histories,
    records,
    running,
)

PEOPLE = 8
LONGEST = 50_000  # bytes after which the fate of a connection comes true, at most
FRAMES = 500  # that come before somebody leaves a connection which is well


@pytest.mark.promise
async def test_whatever_the_network_does_nobody_misses_or_doubles_anything(
    storage: Path, chance: random.Random, held: Held
) -> None:
    def fate() -> PlannedFault:
        to_server = chance.random() < 0.5
        return PlannedFault(
            chance.choice(list(Fault)), int(chance.triangular(1, LONGEST, 1)) // (8 if to_server else 1), to_server
        )

    with LiveServer(storage, "serve", NO_LIMITS) as server:
        async with Proxy(server.port, fate) as proxy:
            cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(PEOPLE)]
            people = [
                ReconnectingClient(proxy.ws_url, "lobby", f"person-{n}", cookie) for n, cookie in enumerate(cookies)
            ]
            for person in people:
                person.max_frames = FRAMES
            async with running(people):
                await count_reached(lambda: min(proxy.triggered[fault] for fault in Fault), effort(5, torture=60))
                for person in people:  # from now on past the proxy
                    person.ws_url = server.ws_url
                await all_settled(people)
        file = records(storage, "lobby")
        assert violations(histories(people), file) == []
        assert "Traceback" not in server.output
    for fault, count in proxy.triggered.items():
        held(f"connections {fault}", count)
    held("messages", len(file) - 1)
