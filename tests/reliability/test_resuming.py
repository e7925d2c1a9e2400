"""Coming back at every place of a run, and coming and going all the time: no gap, and nothing twice."""

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Held, effort
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    all_joined,
    all_settled,
    count_reached,
    histories,
    records,
    running,
)

RUN = 1000  # messages
COMERS = 20  # who come and go


class CutAt(ReconnectingClient):
    """Loses the connection right after a certain event, and comes back when `back` is set."""

    def __init__(self, place: int, back: asyncio.Event, *arguments: Any) -> None:
        super().__init__(*arguments, silence_timeout=TIME_LIMIT)
        self.is_sending = False
        self._place_of_cut = place
        self._back = back

    async def connect_once(self) -> None:
        await super().connect_once()
        await self._back.wait()

    def handle(self, frame: dict[str, Any]) -> None:
        super().handle(frame)
        if frame.get("id") == self._place_of_cut and not self.broken_connections:
            raise ConnectionAbortedError


@pytest.mark.promise
async def test_a_run_can_be_resumed_from_each_of_its_events(storage: Path, chance: random.Random, held: Held) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        places = sorted(chance.sample(range(2, RUN + 2), effort(30, torture=RUN)))
        at_once, later = asyncio.Event(), asyncio.Event()  # later, most of what was missed is in the file alone
        at_once.set()
        people = [
            CutAt(place, back, server.ws_url, "lobby", f"cut-at-{place}", {})
            for place, back in zip(places, itertools.cycle([at_once, later]), strict=False)
        ]
        talker = ReconnectingClient(server.ws_url, "lobby", "talker", await asyncio.to_thread(cookie_headers, server))
        talker.is_sending = False
        async with running([talker, *people]):
            await all_joined([talker, *people])
            for number in range(RUN):
                await talker.say(f"the talker says {number}")
                await until(lambda: len(talker.unacknowledged) < 10)
            later.set()
            await all_settled([talker, *people])
        assert [person.broken_connections for person in people] == [1] * len(people)
        assert violations(histories([talker, *people]), records(storage, "lobby")) == []
        held("resumes", len(people))


@pytest.mark.promise
async def test_who_comes_while_others_talk_hears_everything_once(
    storage: Path, chance: random.Random, held: Held
) -> None:
    with LiveServer(storage, "serve", NO_LIMITS) as server:
        talker = ReconnectingClient(server.ws_url, "lobby", "talker", await asyncio.to_thread(cookie_headers, server))
        comers = [ReconnectingClient(server.ws_url, "lobby", f"comer-{number}", {}) for number in range(COMERS)]
        talker.is_sending = False
        for comer in comers:
            comer.is_sending, comer.max_frames = False, chance.randrange(1, 20)
        async with running([talker, *comers]):
            await all_joined([talker])
            chatter = asyncio.create_task(_chat(talker))
            await count_reached(lambda: sum(comer.joins for comer in comers), effort(300, torture=10_000))
            chatter.cancel()
            await all_settled([talker, *comers])
        assert violations(histories([talker, *comers]), records(storage, "lobby")) == []
        held("joins", sum(comer.joins for comer in comers))


async def _chat(talker: ReconnectingClient) -> None:
    """A hundred messages a second: few enough for everybody to keep up with."""
    while True:
        await talker.say(f"{asyncio.get_running_loop().time()}")
        await asyncio.sleep(0.01)
