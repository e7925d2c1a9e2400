"""An hour's worth of coming, going and talking: afterwards the server is what it was before."""

import asyncio
import random
import socket
from pathlib import Path

import pytest

from tests.server.conftest import visitor
from tests.support.effort import Tally, effort, report
from tests.support.live_server import Client, fetch
from tests.support.servers.chat_client import UNLIMITED, Person, present, reached, records, settled, stories
from tests.support.servers.history_checker import violations
from tests.support.servers.observed_server import ObservedServer

VISITS = 80
ROOMS = 4
PEOPLE = 20
WAVE = effort(150, torture=2500)  # times that somebody comes
WAVES = effort(2, torture=8)
LEAK_KIB = 1  # for each of these times, at most: a connection that stayed would be thirty
SLACK_KIB = 4 * 1024


@pytest.mark.promise
async def test_everything_is_what_it_was_when_people_have_left(
    storage: Path, chance: random.Random, tally: Tally
) -> None:
    with ObservedServer(storage, env={**UNLIMITED, "ASGI_THREADS": "1"}) as server:
        cookies = [await asyncio.to_thread(visitor, server) for _ in range(PEOPLE)]
        people = [Person(server.ws_url, f"room-{n % ROOMS}", f"person-{n}", c) for n, c in enumerate(cookies)]
        await _wave(server, people, chance)  # threads, caches and the allocator's pools come with the first
        before, memory = await server.at_rest(), [server.memory_kib]
        for _ in range(WAVES):
            await _wave(server, people, chance)
            after = await server.at_rest()
            memory.append(server.memory_kib)
            assert after == before
        for number in range(ROOMS):
            in_it = stories(people[number::ROOMS])
            assert violations(in_it, records(storage, f"room-{number}")) == []
    report(f"MiB after each {WAVE} times that somebody came: {', '.join(str(kib // 1024) for kib in memory)}")
    assert memory[-1] - memory[0] < SLACK_KIB + LEAK_KIB * WAVE * WAVES
    tally("joins", sum(person.joins for person in people))
    tally("messages", sum(len(person.story.said) for person in people))


async def _wave(server: ObservedServer, people: list[Person], chance: random.Random) -> None:
    """People come, say a few things and go; some look at the page only, and some hang up half way in."""
    for person in people:
        person.talking, person.window, person.most = True, 2, chance.randrange(1, 40)
    goal = sum(person.joins for person in people) + WAVE
    async with present(people):
        for step in range(WAVE // 50):
            await asyncio.to_thread(fetch, f"{server.url}/chat/room-{step % ROOMS}/")
            _hang_up_half_way(server.port)
            await reached(lambda: sum(person.joins for person in people), goal - WAVE + 50 * step)
        for number in range(ROOMS):
            await settled(people[number::ROOMS])


def _hang_up_half_way(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: web")


@pytest.mark.promise
async def test_who_left_is_forgotten_at_once_and_so_is_their_room(storage: Path, tally: Tally) -> None:
    """Left to the garbage collector, they would stay until thousands had come: thirty KiB for each of them."""
    with ObservedServer(storage, env=UNLIMITED) as server:
        for number in range(VISITS):
            async with Client(server.ws_url, f"room-{number // 2}", username=f"guest-{number}") as client:
                await client.say("hello, goodbye")
                if number % 2:
                    client.abort()
        await server.at_rest()
        found = await asyncio.to_thread(server.census, collect=True)
        assert found["garbage"] < VISITS, "things that only the garbage collector freed"
    tally("joins", VISITS)
