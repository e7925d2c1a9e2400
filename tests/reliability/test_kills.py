"""The server is killed with SIGKILL at random moments, while clients post and amend at full speed, and is restarted."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.amending_client import AmendingClient
from tests.support.servers.cluster import stored_records
from tests.support.servers.history_checker import violations
from tests.support.servers.postgres_server import migrate
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    histories,
    running,
    wait_until_delivered,
)
from tests.support.storage.installations import KINDS

CLIENTS = 5
KILLS = 3  # for each room
MAX_SECONDS = 0.3  # between two kills


@pytest.mark.promise
@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_server_loses_duplicates_and_reorders_nothing(
    kind: str, storage: Path, rng: random.Random, tally: Tally, request: pytest.FixtureRequest
) -> None:
    env = {**NO_LIMITS, **_storage(kind, storage, request)}
    with LiveServer(storage, "serve", env) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(CLIENTS)]
        for room in range(effort(1, torture=40)):
            clients = [
                AmendingClient(server.ws_url, f"room-{room}", f"client-{n}", cookie) for n, cookie in enumerate(cookies)
            ]
            async with running(clients):
                for _ in range(KILLS):
                    await asyncio.sleep(rng.uniform(0, MAX_SECONDS))  # the random moment; this waits for nothing
                    await asyncio.to_thread(_kill_and_restart, server)
                    tally("kills")
                await wait_until_delivered(clients)
            stored = stored_records({**env, "CHAT_STORAGE_DIR": str(storage)}, f"room-{room}")
            assert violations(histories(clients), stored) == []
            tally("messages", len(stored) - 1)
        assert "Traceback" not in server.output
        assert server.manage("verify_history").returncode == 0


def _storage(kind: str, storage: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of a kind of storage."""
    if kind == "json":
        return {}
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    else:
        migrate(url := f"sqlite:///{storage.with_name('chat.db')}")
    return {"CHAT_STORAGE": "database", "DATABASE_URL": url}


def _kill_and_restart(server: LiveServer) -> None:
    server.kill()
    server.start()
