"""The server is killed with SIGKILL at random moments, while clients post and amend at full speed, and is restarted."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.amending_client import AmendingClient
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    histories,
    records,
    running,
    wait_until_delivered,
)

CLIENTS = 5
KILLS = 5  # for each room
MAX_SECONDS = 0.3  # between two kills


@pytest.mark.promise
async def test_a_killed_server_loses_duplicates_and_reorders_nothing(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(CLIENTS)]
        for room in range(effort(2, torture=40)):
            clients = [
                AmendingClient(server.ws_url, f"room-{room}", f"client-{n}", cookie) for n, cookie in enumerate(cookies)
            ]
            async with running(clients):
                for _ in range(KILLS):
                    await asyncio.sleep(rng.uniform(0, MAX_SECONDS))  # the random moment; this waits for nothing
                    await asyncio.to_thread(_kill_and_restart, server)
                    tally("kills")
                await wait_until_delivered(clients)
            file = records(storage, f"room-{room}")
            assert violations(histories(clients), file) == []
            tally("messages", len(file) - 1)
        assert "Traceback" not in server.output
        assert server.manage("verify_history").returncode == 0


def _kill_and_restart(server: LiveServer) -> None:
    server.kill()
    server.start()
