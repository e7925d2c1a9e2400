"""An hour's worth of coming, going and talking: afterwards the server is what it was before."""

import asyncio
import random
import socket
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Held, effort, note
from tests.support.live_server import Client, fetch
from tests.support.servers.history_checker import violations
from tests.support.servers.observed_server import ObservedServer
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_settled,
    count_reached,
    histories,
    records,
    running,
)

VISITS = 80
ROOMS = 4
PEOPLE = 20
WAVE = effort(150, torture=2500)  # times that somebody comes
WAVES = effort(2, torture=8)
LEAK_KIB = 1  # for each of these times, at most: a connection that stayed would be thirty
SLACK_KIB = 4 * 1024


@pytest.mark.promise
async def test_everything_is_what_it_was_when_people_have_left(
    storage: Path, chance: random.Random, held: Held
) -> None:
    with ObservedServer(storage, env={**NO_LIMITS, "ASGI_THREADS": "1"}) as server:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(PEOPLE)]
        people = [
            ReconnectingClient(server.ws_url, f"room-{n % ROOMS}", f"person-{n}", c) for n, c in enumerate(cookies)
        ]
        await _wave(server, people, chance)  # threads, caches and the allocator's pools come with the first
        before, memory = await server.counts_when_idle(), [server.memory_kib]
        for _ in range(WAVES):
            await _wave(server, people, chance)
            after = await server.counts_when_idle()
            memory.append(server.memory_kib)
            assert after == before
        for number in range(ROOMS):
            in_it = histories(people[number::ROOMS])
            assert violations(in_it, records(storage, f"room-{number}")) == []
    note(f"MiB after each {WAVE} times that somebody came: {', '.join(str(kib // 1024) for kib in memory)}")
    assert memory[-1] - memory[0] < SLACK_KIB + LEAK_KIB * WAVE * WAVES
    held("joins", sum(person.joins for person in people))
    held("messages", sum(len(person.history.sent) for person in people))


async def _wave(server: ObservedServer, people: list[ReconnectingClient], chance: random.Random) -> None:
    """People come, say a few things and go; some look at the page only, and some hang up half way in."""
    for person in people:
        person.is_sending, person.max_unacknowledged, person.max_frames = True, 2, chance.randrange(1, 40)
    goal = sum(person.joins for person in people) + WAVE
    async with running(people):
        for step in range(WAVE // 50):
            await asyncio.to_thread(fetch, f"{server.url}/chat/room-{step % ROOMS}/")
            _hang_up_half_way(server.port)
            await count_reached(lambda: sum(person.joins for person in people), goal - WAVE + 50 * step)
        for number in range(ROOMS):
            await all_settled(people[number::ROOMS])


def _hang_up_half_way(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: web")


@pytest.mark.promise
async def test_who_left_is_forgotten_at_once_and_so_is_their_room(storage: Path, held: Held) -> None:
    """Left to the garbage collector, they would stay until thousands had come: thirty KiB for each of them."""
    with ObservedServer(storage, env=NO_LIMITS) as server:
        for number in range(VISITS):
            async with Client(server.ws_url, f"room-{number // 2}", username=f"guest-{number}") as client:
                await client.say("hello, goodbye")
                if number % 2:
                    client.abort()
        await server.counts_when_idle()
        found = await asyncio.to_thread(server.resource_counts, collect=True)
        assert found["garbage"] < VISITS, "things that only the garbage collector freed"
    held("joins", VISITS)
