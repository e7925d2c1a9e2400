"""Networks that fail in every way they can, for people who come, talk and go all the time."""

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

PEOPLE = 8
LONGEST = 50_000  # bytes after which the fate of a connection comes true, at most
FRAMES = 500  # that come before somebody leaves a connection which is well


@pytest.mark.promise
async def test_whatever_the_network_does_nobody_misses_or_doubles_anything(
    storage: Path, chance: random.Random, tally: Tally
) -> None:
    def fate() -> Fate:
        upwards = chance.random() < 0.5
        return Fate(chance.choice(list(Fault)), int(chance.triangular(1, LONGEST, 1)) // (8 if upwards else 1), upwards)

    with LiveServer(storage, "serve", UNLIMITED) as server:
        async with Proxy(server.port, fate) as proxy:
            cookies = [await asyncio.to_thread(visitor, server) for _ in range(PEOPLE)]
            people = [Person(proxy.ws_url, "lobby", f"person-{n}", cookie) for n, cookie in enumerate(cookies)]
            for person in people:
                person.most = FRAMES
            async with present(people):
                await reached(lambda: min(proxy.struck[fault] for fault in Fault), effort(5, torture=60))
                for person in people:  # from now on past the proxy
                    person.ws_url = server.ws_url
                await settled(people)
        file = records(storage, "lobby")
        assert violations(stories(people), file) == []
        assert "Traceback" not in server.output
    for fault, count in proxy.struck.items():
        tally(f"connections {fault}", count)
    tally("messages", len(file) - 1)
