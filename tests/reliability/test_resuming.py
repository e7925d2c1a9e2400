"""Coming back at every place of a run, and coming and going all the time: no gap, and nothing twice."""

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import visitor
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.servers.chat_client import UNLIMITED, Person, here, present, reached, records, settled, stories
from tests.support.servers.history_checker import violations

RUN = 1000  # messages
COMERS = 20  # who come and go


class CutAt(Person):
    """Loses the connection right after a certain event, and comes back when `back` is set."""

    def __init__(self, place: int, back: asyncio.Event, *arguments: Any) -> None:
        super().__init__(*arguments, patience=TIME_LIMIT)
        self.talking = False
        self._place_of_cut = place
        self._back = back

    async def visit(self) -> None:
        await super().visit()
        await self._back.wait()

    def take(self, frame: dict[str, Any]) -> None:
        super().take(frame)
        if frame.get("id") == self._place_of_cut and not self.broken:
            raise ConnectionAbortedError


@pytest.mark.promise
async def test_a_run_can_be_resumed_from_each_of_its_events(storage: Path, chance: random.Random, tally: Tally) -> None:
    with LiveServer(storage, "serve", UNLIMITED) as server:
        places = sorted(chance.sample(range(2, RUN + 2), effort(30, torture=RUN)))
        at_once, later = asyncio.Event(), asyncio.Event()  # later, most of what was missed is in the file alone
        at_once.set()
        people = [
            CutAt(place, back, server.ws_url, "lobby", f"cut-at-{place}", {})
            for place, back in zip(places, itertools.cycle([at_once, later]), strict=False)
        ]
        talker = Person(server.ws_url, "lobby", "talker", await asyncio.to_thread(visitor, server))
        talker.talking = False
        async with present([talker, *people]):
            await here([talker, *people])
            for number in range(RUN):
                await talker.say(f"the talker says {number}")
                await until(lambda: len(talker.unacknowledged) < 10)
            later.set()
            await settled([talker, *people])
        assert [person.broken for person in people] == [1] * len(people)
        assert violations(stories([talker, *people]), records(storage, "lobby")) == []
        tally("resumes", len(people))


@pytest.mark.promise
async def test_who_comes_while_others_talk_hears_everything_once(
    storage: Path, chance: random.Random, tally: Tally
) -> None:
    with LiveServer(storage, "serve", UNLIMITED) as server:
        talker = Person(server.ws_url, "lobby", "talker", await asyncio.to_thread(visitor, server))
        comers = [Person(server.ws_url, "lobby", f"comer-{number}", {}) for number in range(COMERS)]
        talker.talking = False
        for comer in comers:
            comer.talking, comer.most = False, chance.randrange(1, 20)
        async with present([talker, *comers]):
            await here([talker])
            chatter = asyncio.create_task(_chat(talker))
            await reached(lambda: sum(comer.joins for comer in comers), effort(300, torture=10_000))
            chatter.cancel()
            await settled([talker, *comers])
        assert violations(stories([talker, *comers]), records(storage, "lobby")) == []
        tally("joins", sum(comer.joins for comer in comers))


async def _chat(talker: Person) -> None:
    """A hundred messages a second: few enough for everybody to keep up with."""
    while True:
        await talker.say(f"{asyncio.get_running_loop().time()}")
        await asyncio.sleep(0.01)
