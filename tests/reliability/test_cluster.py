"""Two servers with one PostgreSQL and one Redis: each of the four fails, while clients of both post and amend."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.amending_client import AmendingClient
from tests.support.servers.cluster import Cluster
from tests.support.servers.engine import Engine
from tests.support.servers.history_checker import violations
from tests.support.servers.paused_server import paused
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    all_joined,
    everybody_hears_everybody,
    histories,
    running,
    wait_until_delivered,
)

ROOM = "lobby"
PAUSE_SECONDS = effort(3.0, torture=20.0)  # for which Redis answers nothing
CLIENTS = 4
PATIENCE = 5 * TIME_LIMIT  # seconds; who reconnects reads from storage, and would hide that an event was not delivered
Disaster = Callable[[Cluster, LiveServer], Awaitable[None]]


async def _server_is_killed(cluster: Cluster, server: LiveServer) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def _redis_restarts(cluster: Cluster, server: LiveServer) -> None:
    await _restart(cluster.redis)


async def _redis_crashes(cluster: Cluster, server: LiveServer) -> None:
    await _crash(cluster.redis)


async def _redis_stands_still(cluster: Cluster, server: LiveServer) -> None:
    with cluster.redis.paused():
        await asyncio.sleep(PAUSE_SECONDS)  # the disaster; this waits for nothing


async def _postgresql_restarts(cluster: Cluster, server: LiveServer) -> None:
    await _restart(cluster.postgres)


async def _postgresql_crashes(cluster: Cluster, server: LiveServer) -> None:
    await _crash(cluster.postgres)


async def _restart(engine: Engine) -> None:
    await asyncio.to_thread(engine.stop)
    await asyncio.to_thread(engine.start)


async def _crash(engine: Engine) -> None:
    await asyncio.to_thread(engine.kill)
    await asyncio.to_thread(engine.start)


async def _output_buffer_fills(cluster: Cluster, server: LiveServer) -> None:
    with paused(server):
        await asyncio.to_thread(cluster.fill_output_buffers, ROOM)


DISASTERS: list[Disaster] = [
    _server_is_killed,
    _redis_restarts,
    _redis_crashes,
    _redis_stands_still,
    _postgresql_restarts,
    _postgresql_crashes,
    _output_buffer_fills,
]


@pytest.mark.promise
async def test_whatever_fails_of_a_cluster_nothing_is_lost_doubled_or_reordered(
    tmp_path: Path, rng: random.Random, tally: Tally
) -> None:
    with Cluster(tmp_path, env=NO_LIMITS) as cluster:
        cookies = [await asyncio.to_thread(cookie_headers, cluster.servers[0]) for _ in range(CLIENTS)]
        clients = [
            AmendingClient(
                cluster.servers[number % 2].ws_url, ROOM, f"client-{number}", cookie, silence_timeout=PATIENCE
            )
            for number, cookie in enumerate(cookies)
        ]
        for client in clients:
            client.max_unacknowledged = 2  # the failures are what is tried, not the speed
        async with running(clients):
            await all_joined(clients)
            for _ in range(effort(1, torture=15)):
                for disaster in rng.sample(DISASTERS, len(DISASTERS)):
                    await disaster(cluster, rng.choice(cluster.servers))
                    await everybody_hears_everybody(clients)
                    tally("failures of a cluster")
            await wait_until_delivered(clients)
            with cluster.redis.paused():  # nothing follows that would show that it is missing
                await clients[0].say("the last words")
                await wait_until_delivered(clients)
        stored = cluster.records(ROOM)
        assert violations(histories(clients), stored) == []
        tally("messages and amendments", len(stored) - 1)
        for server in cluster.servers:
            assert "Traceback" not in server.output
        verified = await asyncio.to_thread(cluster.servers[0].manage, "verify_history")
        assert verified.returncode == 0, verified
