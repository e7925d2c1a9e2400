"""Many joins, posts and disconnects: afterwards the server uses the same resources as before."""

import asyncio
import random
import socket
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort, report
from tests.support.live_server import Client, fetch
from tests.support.servers.history_checker import violations
from tests.support.servers.observed_server import ObservedServer
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    count_reached,
    histories,
    records,
    running,
    wait_until_delivered,
)

CONNECTIONS = 80
ROOMS = 4
CLIENTS = 20
JOINS_PER_WAVE = effort(150, torture=2500)
WAVES = effort(2, torture=8)
# For each join, and in all. A connection that stays keeps at least 40 blocks of Python's allocator.
MAX_LEAK_KIB, SLACK_KIB = 1, 2 * 1024
MAX_LEAK_BLOCKS, SLACK_BLOCKS = 5, 10_000


@pytest.mark.promise
async def test_all_resources_are_released_when_clients_have_left(
    storage: Path, rng: random.Random, tally: Tally
) -> None:
    with ObservedServer(storage, env={**NO_LIMITS, "ASGI_THREADS": "1"}) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(CLIENTS)]
        clients = [
            ReconnectingClient(server.ws_url, f"room-{n % ROOMS}", f"client-{n}", c) for n, c in enumerate(cookies)
        ]
        for _ in range(2):  # threads, caches and the allocator's pools are created in the first waves
            await _wave(server, clients, rng)
        before = await server.counts_when_idle()
        memory, allocated = [server.memory_kib], await asyncio.to_thread(server.resource_counts, collect=True)
        for _ in range(WAVES):
            await _wave(server, clients, rng)
            after = await server.counts_when_idle()
            memory.append(server.memory_kib)
            assert after == before
        kept = await asyncio.to_thread(server.resource_counts, collect=True)
        for number in range(ROOMS):
            in_room = histories(clients[number::ROOMS])
            assert violations(in_room, records(storage, f"room-{number}")) == []
    report(f"MiB after each {JOINS_PER_WAVE} joins: {', '.join(str(kib // 1024) for kib in memory)}")
    assert kept["blocks"] - allocated["blocks"] < SLACK_BLOCKS + MAX_LEAK_BLOCKS * JOINS_PER_WAVE * WAVES
    assert kept["malloc KiB"] - allocated["malloc KiB"] < SLACK_KIB + MAX_LEAK_KIB * JOINS_PER_WAVE * WAVES
    tally("joins", sum(client.joins for client in clients))
    tally("messages", sum(len(client.history.sent) for client in clients))


async def _wave(server: ObservedServer, clients: list[ReconnectingClient], rng: random.Random) -> None:
    """Clients join, post and leave. Some requests are for the page only, and some handshakes are not completed."""
    for client in clients:
        client.is_sending, client.max_unacknowledged, client.max_frames = True, 2, rng.randrange(1, 40)
    goal = sum(client.joins for client in clients) + JOINS_PER_WAVE
    async with running(clients):
        for step in range(JOINS_PER_WAVE // 50):
            await asyncio.to_thread(fetch, f"{server.url}/chat/room-{step % ROOMS}/")
            _break_off_a_handshake(server.port)
            await count_reached(lambda: sum(client.joins for client in clients), goal - JOINS_PER_WAVE + 50 * step)
        for number in range(ROOMS):
            await wait_until_delivered(clients[number::ROOMS])


def _break_off_a_handshake(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: web")


@pytest.mark.promise
async def test_connections_and_rooms_are_freed_without_the_garbage_collector(storage: Path, tally: Tally) -> None:
    """With reference cycles they stayed until thousands of clients had joined, with thirty KiB each."""
    with ObservedServer(storage, env=NO_LIMITS) as server:
        for number in range(CONNECTIONS):
            async with Client(server.ws_url, f"room-{number // 2}", username=f"guest-{number}") as client:
                await client.say("hello")
                if number % 2:
                    client.abort()
        await server.counts_when_idle()
        counts = await asyncio.to_thread(server.resource_counts, collect=True)
        assert counts["garbage"] < CONNECTIONS, "objects that only the garbage collector freed"
    tally("joins", CONNECTIONS)
