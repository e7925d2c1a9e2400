"""The server dies by SIGKILL at any moment, while people talk at full speed, and starts again."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.server.conftest import visitor
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer
from tests.support.servers.chat_client import UNLIMITED, Person, present, records, settled, stories
from tests.support.servers.history_checker import violations

PEOPLE = 5
KILLS = 5  # in each room
SECONDS = 0.3  # between two of them, at most


@pytest.mark.promise
async def test_a_killed_server_loses_doubles_and_reorders_nothing(
    storage: Path, chance: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", UNLIMITED) as server:
        cookies = [await asyncio.to_thread(visitor, server) for _ in range(PEOPLE)]
        for room in range(effort(2, torture=40)):
            people = [Person(server.ws_url, f"room-{room}", f"person-{n}", cookie) for n, cookie in enumerate(cookies)]
            async with present(people):
                for _ in range(KILLS):
                    await asyncio.sleep(chance.uniform(0, SECONDS))  # the moment itself; nothing is waited for
                    await asyncio.to_thread(_kill_and_start, server)
                    tally("kills")
                await settled(people)
            file = records(storage, f"room-{room}")
            assert violations(stories(people), file) == []
            tally("messages", len(file) - 1)
        assert "Traceback" not in server.output
        assert server.manage("verify_history").returncode == 0


def _kill_and_start(server: LiveServer) -> None:
    server.kill()
    server.start()
